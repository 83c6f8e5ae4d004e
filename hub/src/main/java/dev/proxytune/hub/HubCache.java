package dev.proxytune.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folders of Hugging Face's cache.
 *
 * <p>{@code models--owner--repo} holds {@code refs/<revision>} (a commit), {@code blobs/<tag>} (contents) and {@code
 * snapshots/<commit>/<path>} (links to the contents); {@code .locks} beside it holds the locks.
 */
final class HubCache {
    private static final String PREFIX = "models--";
    private static final int DEEPEST = 8;

    private final Path root;
    private final boolean withLinks;

    HubCache(HubSettings settings) {
        this.root = settings.cache();
        this.withLinks = !settings.isWithoutLinks();
    }

    Path root() {
        return root;
    }

    private static String folderName(String repository) {
        return PREFIX + repository.replace("/", "--");
    }

    Path folder(String repository) {
        return root.resolve(folderName(repository));
    }

    Path blob(String repository, String tag) {
        return folder(repository).resolve("blobs").resolve(tag);
    }

    Path lock(String repository, String tag) {
        return locks(repository).resolve(tag + ".lock");
    }

    Path locks(String repository) {
        return root.resolve(".locks").resolve(folderName(repository));
    }

    Path snapshot(String repository, String commit) {
        return folder(repository).resolve("snapshots").resolve(commit);
    }

    /** Return all repositories of models that have a folder here, sorted. */
    List<String> repositories() {
        return list(root).stream()
                .map(folder -> folder.getFileName().toString())
                .filter(name -> name.startsWith(PREFIX))
                .map(name -> name.substring(PREFIX.length()).replace("--", "/"))
                .filter(ModelReference::isLike)
                .toList();
    }

    /** Return the commits of a repository that have a snapshot, the newest first. */
    List<String> commits(String repository) {
        return list(folder(repository).resolve("snapshots")).stream()
                .filter(Files::isDirectory)
                .sorted(Comparator.comparingLong(HubCache::modified).reversed())
                .map(folder -> folder.getFileName().toString())
                .filter(RepositoryPaths::isCommit)
                .toList();
    }

    private static long modified(Path path) {
        try {
            return Files.getLastModifiedTime(path).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Return the commit that a revision meant when it was last asked for. */
    Optional<String> commit(String repository, String revision) {
        if (RepositoryPaths.isCommit(revision)) {
            return Optional.of(revision);
        }
        Path file = RepositoryPaths.resolve(folder(repository).resolve("refs"), revision);
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(Files.readString(file).strip()).filter(RepositoryPaths::isCommit)
                    : Optional.empty();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Return the paths of the GGUF files of a snapshot whose contents are here, sorted. */
    List<String> paths(String repository, String commit) {
        Path snapshot = snapshot(repository, commit);
        try (Stream<Path> files = Files.walk(snapshot, DEEPEST)) {
            return files.filter(file -> file.getFileName().toString().endsWith(GgufNames.SUFFIX))
                    .filter(Files::isRegularFile)
                    .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /**
     * Return the file of a path in a snapshot, if its content is here.
     *
     * @throws HubException if it is a link that leads out of the cache
     */
    Optional<Path> file(String repository, String commit, String path) {
        Path file = RepositoryPaths.resolve(snapshot(repository, commit), path);
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(root.toRealPath())
                    && !real.startsWith(folder(repository).toRealPath())) {
                throw new HubException(file + " is a link that leads out of the cache, to " + real
                        + "; remove it, or name that file itself");
            }
            return Files.isRegularFile(real) ? Optional.of(file) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new HubException(file + " cannot be looked at: " + e.getMessage() + "; check its permissions", e);
        }
    }

    static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    /** Make a folder in a repository's folder, and make sure that no link on the way leads out of it. */
    Path makeFolder(String repository, Path folder) {
        try {
            Path there = folder;
            while (there.getParent() != null && !Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
                there = there.getParent();
            }
            Path real = there.toRealPath();
            if (there.startsWith(folder(repository))
                    && !real.startsWith(folder(repository).toRealPath())) {
                throw new HubException(
                        there + " is a link that leads out of the cache, to " + real + "; remove it and try again");
            }
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw Failures.writing(folder, e);
        }
    }

    /**
     * Give a content its path in a snapshot: a relative link. Where there are no links, the content itself goes there if it
     * is new, else a copy, as huggingface_hub and llama.cpp do.
     *
     * @param isNew whether the content has just been fetched, so that no link leads to it
     */
    void link(RemoteFile file, boolean isNew) {
        Path blob = blob(file.repository(), file.tag());
        Path link = RepositoryPaths.resolve(snapshot(file.repository(), file.commit()), file.path());
        Path folder = makeFolder(file.repository(), parent(link));
        Path unfinished = folder.resolve("." + link.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            if (!withLinks || !makeLink(unfinished, folder.relativize(blob))) {
                if (isNew) {
                    Files.move(blob, unfinished, StandardCopyOption.ATOMIC_MOVE);
                } else {
                    Files.copy(blob, unfinished);
                }
            }
            Files.move(unfinished, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteQuietly(unfinished);
            throw Failures.writing(link, e);
        }
    }

    private static boolean makeLink(Path link, Path target) {
        try {
            Files.createSymbolicLink(link, target);
            return true;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // Windows without the right to make links, or a disk that has none.
            return false;
        } catch (IOException e) {
            throw Failures.writing(link, e);
        }
    }

    /** Remember which commit a revision means. */
    void remember(String repository, String revision, String commit) {
        if (RepositoryPaths.isCommit(revision) || commit(repository, revision).equals(Optional.of(commit))) {
            return;
        }
        Path file = RepositoryPaths.resolve(folder(repository).resolve("refs"), revision);
        Path unfinished = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            makeFolder(repository, parent(file));
            Files.writeString(unfinished, commit);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteQuietly(unfinished);
            throw Failures.writing(file, e);
        }
    }

    /** Return the revisions that mean a commit. */
    List<String> revisions(String repository, String commit) {
        Path folder = folder(repository).resolve("refs");
        try (Stream<Path> files = Files.walk(folder, DEEPEST)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.endsWith(".tmp"))
                    .filter(name -> commit(repository, name).equals(Optional.of(commit)))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** Return what unfinished downloads of a repository have left, those of huggingface_hub included. */
    List<Path> incomplete(String repository) {
        return list(folder(repository).resolve("blobs")).stream()
                .filter(file -> file.getFileName().toString().endsWith(BlobDownload.SUFFIX))
                .toList();
    }

    /** Return what is in a folder, sorted; nothing if it is none. */
    static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** Return every entry of every snapshot of a repository: files and links, whatever their names. */
    List<Path> entries(String repository) {
        List<Path> entries = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder(repository).resolve("snapshots"), DEEPEST + 1)) {
            files.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .forEach(entries::add);
        } catch (IOException | UncheckedIOException e) {
            return entries;
        }
        return entries;
    }

    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The first failure is the one to report.
        }
    }

    /** Mark the cache as one, for programs that make backups. */
    void mark() {
        Path mark = root.resolve("CACHEDIR.TAG");
        try {
            Files.createDirectories(root);
            Files.writeString(
                    mark,
                    "Signature: 8a477f597d28d172789f06886806bc55\n# Models of Hugging Face's hub, which can be fetched again.\n",
                    StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            // Marked before.
        } catch (IOException e) {
            throw Failures.writing(root, e);
        }
    }
}
