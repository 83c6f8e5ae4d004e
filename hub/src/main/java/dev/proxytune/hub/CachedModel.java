package dev.proxytune.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Describe a model in the cache, for a list.
 *
 * @param reference the shortest reference that means it
 * @param repository {@code owner/repo}
 * @param commit the commit that it is of
 * @param revisions the branches and tags that mean this commit
 * @param path its path in the repository, the first part's if it is split
 * @param quantization what the name says about how weights are stored
 * @param bytes the size of all parts that are here
 * @param time when the newest part came into the cache
 * @param complete whether all parts are here
 * @param file the file in the snapshot, the first part's if it is split
 */
public record CachedModel(
        String reference,
        String repository,
        String commit,
        List<String> revisions,
        String path,
        Optional<String> quantization,
        long bytes,
        Instant time,
        boolean complete,
        Path file) {

    public CachedModel {
        revisions = List.copyOf(revisions);
    }
}
