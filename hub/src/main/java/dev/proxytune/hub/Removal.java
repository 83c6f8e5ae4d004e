package dev.proxytune.hub;

import java.util.List;

/**
 * Tell what was removed from the cache.
 *
 * @param paths the files' paths in the repository, and the names of unfinished downloads
 * @param bytes how much the disk has got back
 * @param kept how many contents stay because another snapshot uses them
 */
public record Removal(List<String> paths, long bytes, int kept) {

    public Removal {
        paths = List.copyOf(paths);
    }
}
