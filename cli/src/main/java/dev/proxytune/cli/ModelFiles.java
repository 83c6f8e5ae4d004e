package dev.proxytune.cli;

import dev.proxytune.hub.LocalModel;
import dev.proxytune.hub.ModelReference;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Turn what a user calls a model into its file: a path as it stands, a reference by the cache and the hub.
 *
 * <p>What exists as a path is one, so a file is never taken for a reference; the hub is not even looked for then.
 */
final class ModelFiles {
    private final Console console;

    ModelFiles(Console console) {
        this.console = console;
    }

    /**
     * Return the file, which need not exist if the name is a path.
     *
     * @throws dev.proxytune.hub.HubException if a reference cannot be found or fetched
     */
    Path find(Path name) {
        if (Files.exists(name) || !isReference(name)) {
            return name;
        }
        return find(ModelReference.parse(name.toString()));
    }

    private Path find(ModelReference reference) {
        LocalModel model = new Hub(console).locate(reference);
        return model.file();
    }

    /** Return whether a name that is no file is meant as a reference. */
    static boolean isReference(Path name) {
        // The parent of a missing file is there more often than not, that of a reference almost never.
        Path folder = name.toAbsolutePath().getParent();
        boolean beside = name.getNameCount() > 2 && folder != null && Files.isDirectory(folder);
        return !beside && ModelReference.isLike(name.toString());
    }
}
