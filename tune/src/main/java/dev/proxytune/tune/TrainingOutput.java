package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The files that a training run leaves: the model, beside it the curve as table and drawing, and on the way a checkpoint.
 *
 * @param file the model
 * @param force whether files of an earlier run are replaced
 * @param resume whether a run that was broken off goes on
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

    /**
     * Check that the run may write here, and make way where it was told to.
     *
     * @throws ProxyTuneException if something is there that must not be replaced, or the folder is missing
     */
    void prepare() {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new ProxyTuneException(file + ": there is no folder " + folder + "; make it first");
        }
        if (!Files.isWritable(folder)) {
            throw new ProxyTuneException(file + ": the folder " + folder + " cannot be written to");
        }
        if (Files.isDirectory(file)) {
            throw new ProxyTuneException(file + ": a folder; give the name of a file");
        }
        boolean broken = Files.exists(checkpoint());
        if (force) {
            delete(checkpoint());
        } else if (broken && !resume) {
            throw new ProxyTuneException(checkpoint()
                    + ": left by a run that was broken off; --resume goes on with it, --force starts anew");
        } else if (!broken && Files.exists(file)) {
            throw new ProxyTuneException(file + ": exists; --force replaces it");
        }
    }

    /** Write the curve, and drop the checkpoint of the run that is now complete. */
    void finish(LossCurve curve) {
        write(table(), curve.csv());
        write(drawing(), LossChart.svg(curve, String.valueOf(file.getFileName())));
        delete(checkpoint());
    }

    private static void write(Path path, String text) {
        Path temporary = path.resolveSibling(path.getFileName() + ".part");
        try {
            Files.writeString(temporary, text);
            Files.move(temporary, path, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            delete(temporary);
            throw new ProxyTuneException(path + ": cannot be written (" + e.getMessage() + ")", e);
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
