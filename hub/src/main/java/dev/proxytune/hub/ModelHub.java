package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Find models in the cache, fetch them from the hub, list and remove them.
 *
 * <p>The network is used by {@link #pull} and {@link #readHeader}, and by {@link #locate} if the cache lacks the model.
 * Safe for use by several threads; several processes may use one cache.
 */
public final class ModelHub {
    private final HubSettings settings;
    private final HubCache cache;
    private final Pause pause;
    private final DownloadPlan plan;
    private final ToLongFunction<Path> freeSpace;

    ModelHub(HubSettings settings, Pause pause, DownloadPlan plan, ToLongFunction<Path> freeSpace) {
        this.settings = settings;
        this.cache = new HubCache(settings);
        this.pause = pause;
        this.plan = plan;
        this.freeSpace = freeSpace;
    }

    /** Create one; nothing is read or written yet. */
    public ModelHub(HubSettings settings) {
        this(settings, Pause.SLEEP, DownloadPlan.DEFAULT, ModelHub::usableSpace);
    }

    private static long usableSpace(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            // A disk that does not tell is tried.
            return Long.MAX_VALUE;
        }
    }

    /**
     * Return the same with another number of connections for a large file.
     *
     * @throws IllegalArgumentException unless it is from 1 to 16
     */
    public ModelHub withConnections(int connections) {
        return new ModelHub(settings, pause, plan.withConnections(connections), freeSpace);
    }

    /** Return where the hub and the cache are. */
    public HubSettings settings() {
        return settings;
    }

    /**
     * Find a model in the cache, without the network.
     *
     * <p>A reference to the main branch also finds files of other commits, the newest first, if the branch's last known
     * commit lacks them.
     *
     * @throws HubException if the model's file is a link that leads out of the cache
     */
    public Optional<LocalModel> find(ModelReference reference) {
        Set<String> commits = new LinkedHashSet<>();
        cache.commit(reference.repository(), reference.revision()).ifPresent(commits::add);
        if (reference.revision().equals(ModelReference.MAIN)) {
            commits.addAll(cache.commits(reference.repository()));
        }
        for (String commit : commits) {
            Optional<String> path = reference.file().isPresent()
                    ? reference.file()
                    : GgufNames.choose(cache.paths(reference.repository(), commit), reference.quantization());
            Optional<LocalModel> model = path.flatMap(name -> local(reference, commit, name));
            if (model.isPresent()) {
                return model;
            }
        }
        return Optional.empty();
    }

    /** Return a model if all its parts are in a snapshot. */
    private Optional<LocalModel> local(ModelReference reference, String commit, String path) {
        List<Path> files = new ArrayList<>();
        for (String part : GgufNames.all(path)) {
            Optional<Path> file = cache.file(reference.repository(), commit, part);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            files.add(file.get());
        }
        return Optional.of(new LocalModel(reference.withFile(path), commit, files));
    }

    /**
     * Find a model in the cache, and fetch it if it is not there.
     *
     * <p>Without a quantization the hub decides which file is meant, unless the cache has the one that comes first anyway
     * or the hub is not to be reached.
     *
     * @throws HubException if it is neither there nor to be fetched
     * @throws dev.proxytune.CancelledException if the work was cancelled
     */
    public LocalModel locate(ModelReference reference, PullListener listener, Cancellation cancellation) {
        Optional<LocalModel> found = find(reference);
        if (found.isPresent() && (settings.isOffline() || isCertain(reference, found.get()))) {
            return found.get();
        }
        if (settings.isOffline()) {
            throw offline(reference);
        }
        try {
            return pull(reference, listener, cancellation);
        } catch (HubException e) {
            if (found.isPresent()) {
                listener.onNotice("using " + found.get().reference() + " from the cache: " + e.getMessage());
                return found.get();
            }
            throw e;
        }
    }

    private static boolean isCertain(ModelReference reference, LocalModel model) {
        return reference.file().isPresent()
                || reference.quantization().isPresent()
                || model.reference()
                        .file()
                        .flatMap(GgufNames::quantization)
                        .equals(Optional.of(GgufNames.DEFAULTS.getFirst()));
    }

    private HubException offline(ModelReference reference) {
        return new HubException("The cache in " + cache.root() + " has no model " + reference
                + ", and HF_HUB_OFFLINE forbids to fetch it; run without it, or name a file");
    }

    /**
     * Fetch what a reference means on the hub now, as far as the cache does not have it.
     *
     * <p>What an earlier attempt has left is gone on with. Size and hash of each file are checked before it can be found in
     * the cache. Other processes that fetch the same file are waited for.
     *
     * @throws HubException if it cannot be fetched; what is here of it is kept for the next attempt
     * @throws dev.proxytune.CancelledException if the work was cancelled; what is here of it is kept as well
     */
    public LocalModel pull(ModelReference reference, PullListener hearer, Cancellation cancellation) {
        var listener = new SerialListener(hearer);
        if (settings.isOffline()) {
            return find(reference).orElseThrow(() -> offline(reference));
        }
        RemoteFile first = fetcher(listener, cancellation).fetch(reference).getFirst();
        return local(reference, first.commit(), first.path())
                .orElseThrow(() -> new HubException(
                        "What was fetched of " + reference + " has gone from the cache meanwhile; try again"));
    }

    /** Return the models in the cache, sorted by repository, the newest commit first. */
    public List<CachedModel> list() {
        return new CacheList(cache).all();
    }

    /** Return how many bytes unfinished downloads take, by repository, without repositories that have none. */
    public List<Unfinished> unfinished() {
        return cache.repositories().stream()
                .map(this::unfinished)
                .filter(one -> one.bytes() + one.others() > 0)
                .toList();
    }

    private Unfinished unfinished(String repository) {
        long own = 0;
        long others = 0;
        for (Path file : cache.incomplete(repository)) {
            if (BlobDownload.isResumable(file)) {
                own += CacheList.size(file);
            } else {
                others += CacheList.size(file);
            }
        }
        return new Unfinished(repository, own, others);
    }

    /**
     * Tell what unfinished downloads of a repository take.
     *
     * @param repository {@code owner/repo}
     * @param bytes size of those that the next download goes on with
     * @param others size of those that another program has left, which are of no use here
     */
    public record Unfinished(String repository, long bytes, long others) {}

    /**
     * Remove a model from the cache: its files in the snapshot, and their contents where no other snapshot uses them.
     *
     * @throws HubException if there is none, or the reference means several
     */
    public Removal remove(ModelReference reference) {
        List<CachedModel> models =
                new CacheList(cache).of(reference.repository()).toList();
        if (reference.file().isEmpty() && reference.quantization().isEmpty()) {
            models = models.stream().filter(model -> isOf(model, reference)).toList();
            if (models.size() > 1) {
                throw new HubException("The cache has " + models.size() + " models of " + reference + ": "
                        + String.join(
                                ", ",
                                models.stream().map(CachedModel::reference).toList())
                        + "; name one, or say that all are meant");
            }
        }
        Optional<CachedModel> model = chosen(models, reference);
        if (model.isEmpty()) {
            throw unknown(reference);
        }
        var removal = new CacheRemoval(cache, reference.repository());
        removal.remove(model.get().commit(), present(model.get()));
        if (removal.result().paths().isEmpty()) {
            throw unknown(reference);
        }
        removal.cleanFolder();
        return removal.result();
    }

    private boolean isOf(CachedModel model, ModelReference reference) {
        return reference.revision().equals(ModelReference.MAIN)
                || cache.commit(reference.repository(), reference.revision()).equals(Optional.of(model.commit()));
    }

    /** Return the model that a reference means, found as {@link #find} does, but also if parts of it are missing. */
    private Optional<CachedModel> chosen(List<CachedModel> models, ModelReference reference) {
        Optional<String> main = cache.commit(reference.repository(), reference.revision());
        List<CachedModel> inOrder = new ArrayList<>(models);
        inOrder.removeIf(model -> !isOf(model, reference));
        inOrder.sort(Comparator.comparing(model -> !main.equals(Optional.of(model.commit()))));
        for (String commit :
                inOrder.stream().map(CachedModel::commit).distinct().toList()) {
            List<CachedModel> ofCommit = inOrder.stream()
                    .filter(model -> model.commit().equals(commit))
                    .toList();
            Optional<String> path = reference.file().isPresent()
                    ? reference.file().map(file -> GgufNames.Parts.of(file).path(1))
                    : GgufNames.choose(ofCommit.stream().map(CachedModel::path).toList(), reference.quantization());
            Optional<CachedModel> found = ofCommit.stream()
                    .filter(model -> Optional.of(model.path()).equals(path))
                    .findFirst();
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private List<String> present(CachedModel model) {
        List<String> there = cache.paths(model.repository(), model.commit());
        return GgufNames.all(model.path()).stream().filter(there::contains).toList();
    }

    /**
     * Remove all GGUF models of a repository from the cache, and what unfinished downloads have left; other files stay.
     *
     * @throws HubException if there is nothing of it
     */
    public Removal removeAll(String repository) {
        var removal = new CacheRemoval(cache, repository);
        for (String commit : cache.commits(repository)) {
            removal.remove(commit, cache.paths(repository, commit));
        }
        removal.removeIncomplete();
        if (removal.result().paths().isEmpty()) {
            throw new HubException("The cache in " + cache.root() + " has no GGUF model of " + repository
                    + "; the models there are told by the list");
        }
        removal.cleanFolder();
        return removal.result();
    }

    private HubException unknown(ModelReference reference) {
        boolean unfinished = !cache.incomplete(reference.repository()).isEmpty();
        return new HubException("The cache in " + cache.root() + " has no model " + reference
                + (unfinished
                        ? ", only an unfinished download: say that all of the repository is meant to remove it"
                        : "")
                + "; nothing is removed");
    }

    /**
     * Read the header of a model, the first part's if it is split, from the cache, or from the hub by ranges without
     * fetching the weights.
     *
     * @throws HubException if it is neither there nor to be read
     * @throws dev.proxytune.InvalidModelException if it is no well-formed GGUF file
     */
    public GgufHeader readHeader(ModelReference reference, PullListener listener, Cancellation cancellation) {
        Optional<LocalModel> found = find(reference);
        if (found.isPresent() && (settings.isOffline() || isCertain(reference, found.get()))) {
            return GgufFile.readHeader(found.get().file());
        }
        if (settings.isOffline()) {
            throw offline(reference);
        }
        return fetcher(listener, cancellation).readHeader(reference);
    }

    /** Read a text of the web, such as a catalogue, which must be small. */
    String readText(URI uri, int most) {
        return fetcher(PullListener.NONE, new Cancellation()).readText(uri, most);
    }

    private HubFetch fetcher(PullListener listener, Cancellation cancellation) {
        return new HubFetch(settings, cache, pause, plan, freeSpace, listener, cancellation);
    }
}
