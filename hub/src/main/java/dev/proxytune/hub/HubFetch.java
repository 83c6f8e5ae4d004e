package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import dev.proxytune.gguf.GgufHeader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Gets from the hub what a reference means there now: files into the cache, or only a header. */
final class HubFetch {
    private final HubSettings settings;
    private final HubCache cache;
    private final Pause pause;
    private final DownloadPlan plan;
    private final ToLongFunction<Path> freeSpace;
    private final PullListener listener;
    private final Cancellation cancellation;

    HubFetch(
            HubSettings settings,
            HubCache cache,
            Pause pause,
            DownloadPlan plan,
            ToLongFunction<Path> freeSpace,
            PullListener listener,
            Cancellation cancellation) {
        this.settings = settings;
        this.cache = cache;
        this.pause = pause;
        this.plan = plan;
        this.freeSpace = freeSpace;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    private HubHttp http() {
        return new HubHttp(settings, pause, listener, cancellation);
    }

    /** Fetch what the cache lacks, and return the files of the model, one or the parts of a split one. */
    List<RemoteFile> fetch(ModelReference reference) {
        try (var http = http()) {
            List<RemoteFile> files = describe(http, reference);
            makeRoom(files);
            cache.mark();
            for (RemoteFile file : files) {
                fetch(http, file);
            }
            cache.remember(
                    reference.repository(),
                    reference.revision(),
                    files.getFirst().commit());
            return files;
        }
    }

    /** Read a header by ranges, the first part's if the model is split. */
    GgufHeader readHeader(ModelReference reference) {
        try (var http = http()) {
            RemoteFile file = describe(http, reference).getFirst();
            try (var source = new HttpSource(new BlobSource(http, file), file)) {
                return GgufHeader.read(source);
            }
        }
    }

    /** Return the files that a reference means on the hub, one or the parts of a split model. */
    private List<RemoteFile> describe(HubHttp http, ModelReference reference) {
        var api = new HubApi(settings, http);
        String revision = reference.revision();
        String path;
        if (reference.file().isPresent()) {
            path = reference.file().get();
        } else {
            HubApi.Listing listing = api.list(reference);
            revision = listing.commit();
            path = GgufNames.choose(listing.paths(), reference.quantization())
                    .orElseThrow(() -> nothingLike(reference, listing.paths()));
        }
        List<RemoteFile> files = new ArrayList<>();
        for (String part : GgufNames.all(path)) {
            RemoteFile file = api.describe(reference, revision, part);
            revision = file.commit();
            files.add(file);
        }
        return files;
    }

    private static HubException nothingLike(ModelReference reference, List<String> paths) {
        List<String> models = paths.stream().filter(GgufNames::isModel).toList();
        if (models.isEmpty()) {
            return new HubException("The repository " + reference.repository()
                    + " has no GGUF model; look for one whose name ends in -GGUF");
        }
        List<String> names = models.stream()
                .map(path -> GgufNames.quantization(path).orElse(path))
                .distinct()
                .toList();
        return new HubException("The repository " + reference.repository() + " has no model "
                + reference.quantization().map(text -> "in " + text).orElse("that can be chosen") + "; it has "
                + String.join(", ", names));
    }

    /** Find out whether all files fit the disk, before any is fetched. */
    private void makeRoom(List<RemoteFile> files) {
        RemoteFile first = files.getFirst();
        Path folder = HubCache.parent(cache.blob(first.repository(), first.tag()));
        cache.makeFolder(first.repository(), folder);
        long needed = 0;
        for (RemoteFile file : files) {
            Path blob = cache.blob(file.repository(), file.tag());
            if (!isHere(file) && CacheList.size(blob) != file.size()) {
                needed += Math.max(0, file.size() - CacheList.size(BlobDownload.incomplete(blob)));
            }
        }
        long free = freeSpace.applyAsLong(folder);
        if (needed > free) {
            throw new HubException(String.format(
                    Locale.ROOT,
                    "%s needs %.1f MB more on the disk of %s, which has %.1f MB left; make room, or set HF_HUB_CACHE to a"
                            + " folder on another disk",
                    first.repository(),
                    needed / 1e6,
                    cache.root(),
                    free / 1e6));
        }
    }

    private boolean isHere(RemoteFile file) {
        return cache.file(file.repository(), file.commit(), file.path())
                .filter(path -> CacheList.size(path) == file.size())
                .isPresent();
    }

    private void fetch(HubHttp http, RemoteFile file) {
        if (isHere(file)) {
            listener.onEnd(file.path(), file.size());
            return;
        }
        Path lock = cache.lock(file.repository(), file.tag());
        try (BlobLock _ = BlobLock.take(lock, file.path(), listener, cancellation)) {
            if (isHere(file)) {
                listener.onEnd(file.path(), file.size());
                return;
            }
            Path blob = cache.blob(file.repository(), file.tag());
            boolean isNew = !Files.isRegularFile(blob) || CacheList.size(blob) != file.size();
            if (isNew) {
                new BlobDownload(http, file, blob, plan, listener, cancellation).run();
            } else {
                listener.onEnd(file.path(), file.size());
            }
            cache.link(file, isNew);
        }
    }

    /** Read a text of the web, such as a catalogue, which must be small. */
    String readText(URI uri, int most) {
        try (var http = http();
                Answer answer = http.send("GET", uri, Map.of(), _ -> false)) {
            if (answer.status() != 200) {
                throw new HubException(
                        Failures.address(uri) + " answered with status " + answer.status() + "; check the address");
            }
            byte[] body = answer.body().readNBytes(most + 1);
            if (body.length > most) {
                throw new HubException(
                        Failures.address(uri) + " is longer than " + most + " bytes; is it a catalogue?");
            }
            return new String(body, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HubException(Failures.address(uri) + " broke off: " + Failures.reason(e) + "; try again", e);
        }
    }
}
