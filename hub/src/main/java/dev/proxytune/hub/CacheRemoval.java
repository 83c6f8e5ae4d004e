package dev.proxytune.hub;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Remove files of one repository from the cache, and their contents where nothing else uses them. */
final class CacheRemoval {
    private final HubCache cache;
    private final String repository;
    private final List<String> removed = new ArrayList<>();
    private long bytes;
    private int kept;

    CacheRemoval(HubCache cache, String repository) {
        this.cache = cache;
        this.repository = repository;
    }

    Removal result() {
        return new Removal(removed.stream().distinct().toList(), bytes, kept);
    }

    /** Remove files of a snapshot. */
    void remove(String commit, List<String> paths) {
        Set<Path> blobs = new LinkedHashSet<>();
        Path snapshot = cache.snapshot(repository, commit);
        for (String path : paths) {
            Path entry = RepositoryPaths.resolve(snapshot, path);
            Optional<Path> blob = blob(entry);
            blob.ifPresent(blobs::add);
            long size = blob.isPresent() ? 0 : sizeOfEntry(entry);
            if (delete(entry)) {
                bytes += size;
                removed.add(path);
            }
        }
        Set<Path> used = new LinkedHashSet<>();
        cache.entries(repository).forEach(entry -> blob(entry).ifPresent(used::add));
        for (Path blob : blobs) {
            if (used.contains(blob)) {
                kept++;
            } else {
                removeBlob(blob);
            }
        }
        cleanSnapshot(commit);
    }

    private void removeBlob(Path blob) {
        String tag = blob.getFileName().toString();
        Optional<BlobLock> lock = BlobLock.attempt(cache.lock(repository, tag));
        if (lock.isEmpty()) {
            throw new HubException("Another process is fetching " + repository + "; try again when it is done");
        }
        try (BlobLock _ = lock.get()) {
            long size = sizeOfEntry(blob);
            if (delete(blob)) {
                bytes += size;
            }
        }
    }

    /** Return the blob that an entry of a snapshot leads to, if it is one of this repository. */
    private Optional<Path> blob(Path entry) {
        Path blobs = cache.folder(repository).resolve("blobs");
        try {
            if (!Files.isSymbolicLink(entry)) {
                return Optional.empty();
            }
            Path target = entry.resolveSibling(Files.readSymbolicLink(entry)).normalize();
            return Optional.of(target).filter(path -> blobs.equals(path.getParent()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Return what the disk gets back: nothing for a link. */
    private static long sizeOfEntry(Path entry) {
        return Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS) ? CacheList.size(entry) : 0;
    }

    /** Remove what unfinished downloads have left, unless they are under way. */
    void removeIncomplete() {
        for (Path file : cache.incomplete(repository)) {
            String name = file.getFileName().toString();
            String tag = name.substring(0, name.indexOf('.'));
            Optional<BlobLock> lock = BlobLock.attempt(cache.lock(repository, tag));
            if (lock.isPresent()) {
                try (BlobLock _ = lock.get()) {
                    long size = sizeOfEntry(file);
                    if (delete(file)) {
                        bytes += size;
                        removed.add(name);
                    }
                }
            }
        }
    }

    private void cleanSnapshot(String commit) {
        Path snapshot = cache.snapshot(repository, commit);
        deleteEmptyFolders(snapshot);
        if (!Files.exists(snapshot)) {
            for (String revision : cache.revisions(repository, commit)) {
                delete(RepositoryPaths.resolve(cache.folder(repository).resolve("refs"), revision));
            }
        }
    }

    /** Remove the repository's folder if nothing is left in it. */
    void cleanFolder() {
        Path folder = cache.folder(repository);
        for (String name : List.of("blobs", "refs", "snapshots")) {
            deleteEmptyFolders(folder.resolve(name));
        }
        deleteEmptyFolders(folder);
    }

    private static void deleteEmptyFolders(Path folder) {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        HubCache.list(folder).forEach(CacheRemoval::deleteEmptyFolders);
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // It holds something else.
        } catch (IOException e) {
            throw Failures.writing(folder, e);
        }
    }

    private static boolean delete(Path path) {
        try {
            Files.delete(path);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
    }
}
