package dev.proxytune.tune;

import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files that a training run leaves: the model, beside it the curve as table and drawing, and on the way a checkpoint.
 *
 * @param file the model
 * @param force whether files of an earlier run are replaced
 * @param resume whether a run that was broken off goes on; if none was, a new one starts
 */
public record TrainingOutput(Path file, boolean force, boolean resume) {

    /** Return where the checkpoint is kept until the run is complete. */
    public Path checkpoint() {
        return sibling(".checkpoint");
    }

    /** Return where the curve goes as comma-separated values. */
    public Path table() {
        return sibling(".loss.csv");
    }

    /** Return where the drawing of the curve goes. */
    public Path drawing() {
        return sibling(".loss.svg");
    }

    /** Return a file's name without its ending. */
    static String name(Path file) {
        return String.valueOf(file.getFileName()).replaceFirst("\\.gguf$", "");
    }

    private Path sibling(String ending) {
        return file.resolveSibling(file.getFileName() + ending);
    }

    private List<Path> results() {
        return List.of(file, table(), drawing());
    }

    /**
     * Check that the run may write here; nothing is changed yet.
     *
     * <p>What exists is replaced by a run that is resumed, too, as that was allowed when it began.
     *
     * @throws ProxyTuneException if something is there that must not be replaced, or the folder is missing or cannot be
     *     written to
     */
    void prepare() {
        if (Files.isDirectory(file)) {
            throw new ProxyTuneException(file + ": it is a folder; give the name of a file");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new ProxyTuneException(file + ": there is no folder " + folder + "; create it first");
        }
        boolean broken = Files.exists(checkpoint());
        if (broken && !resume && !force) {
            throw new ProxyTuneException(checkpoint()
                    + ": left by a run that was broken off; --resume goes on with it, --force starts anew");
        }
        for (Path result : results()) {
            if (Files.exists(result) && !force && !broken) {
                throw new ProxyTuneException(result + ": exists already; give another name, or --force to replace it");
            }
            requireReplaceable(result);
        }
        requireReplaceable(checkpoint());
        requireWritable();
    }

    private static void requireReplaceable(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new ProxyTuneException(path + ": it is no regular file, so it is not replaced; give another name");
        }
    }

    /** Try it: permissions do not tell of read-only disks, nor of names that are too long with their endings. */
    private void requireWritable() {
        try (var part = new PartialFile(checkpoint())) {
            Files.createFile(part.path());
        } catch (IOException e) {
            throw new ProxyTuneException(
                    file + ": no file can be made beside it (" + e.getMessage()
                            + "); give another folder or a shorter name",
                    e);
        }
    }

    /**
     * Check that none of the files to write is one that is read.
     *
     * @throws ProxyTuneException if one is
     */
    void requireApartFrom(List<Path> inputs) {
        for (Path input : inputs) {
            for (Path result : results()) {
                if (isSame(input, result)) {
                    throw new ProxyTuneException(result + ": it is read, so it is not replaced; give another name");
                }
            }
        }
    }

    private static boolean isSame(Path one, Path two) {
        try {
            return Files.exists(one) && Files.exists(two) && Files.isSameFile(one, two);
        } catch (IOException e) {
            throw new ProxyTuneException(two + ": cannot be looked at (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Make way for the run: drop what it does not go on from, and what killed runs left half-written.
     *
     * @return whether there is a checkpoint to go on from
     * @throws ProxyTuneException if something cannot be deleted
     */
    boolean begin() {
        if (force) {
            delete(checkpoint());
        }
        results().forEach(PartialFile::deleteAbandoned);
        PartialFile.deleteAbandoned(checkpoint());
        return Files.exists(checkpoint());
    }

    /** Write the curve, and drop the checkpoint of the run that is now complete. */
    void finish(LossCurve curve) {
        write(table(), curve.csv());
        write(drawing(), LossChart.svg(curve, String.valueOf(file.getFileName())));
        delete(checkpoint());
    }

    private static void write(Path path, String text) {
        try (var part = new PartialFile(path)) {
            Files.writeString(part.path(), text);
            part.complete(true);
        } catch (IOException e) {
            throw new ProxyTuneException(
                    path + ": cannot be written (" + e.getMessage() + "); check the free space", e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new ProxyTuneException(path + ": cannot be deleted (" + e.getMessage() + ")", e);
        }
    }
}
