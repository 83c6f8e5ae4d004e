package dev.proxytune.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * Name the files of a model that is in the cache, complete.
 *
 * @param reference the file's own reference
 * @param commit the commit that it is of
 * @param files the parts of a split model in order, else one file
 */
public record LocalModel(ModelReference reference, String commit, List<Path> files) {

    public LocalModel {
        files = List.copyOf(files);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("A model has at least one file");
        }
    }

    /** Return the file that llama.cpp is given: the only one, or the first part. */
    public Path file() {
        return files.getFirst();
    }
}
