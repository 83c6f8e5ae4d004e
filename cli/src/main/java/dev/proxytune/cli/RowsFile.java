package dev.proxytune.cli;

import dev.proxytune.jsonl.RowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** Judges the files that commands write rows to. */
final class RowsFile {
    private RowsFile() {}

    /**
     * Refuse to write over what is read, by whatever name.
     *
     * @param option what names the file
     * @param what what is read
     */
    static void requireOther(CommandSpec command, String option, Path file, List<Path> read, String what) {
        for (Path written : List.of(file, RowWriter.settingsOf(file))) {
            for (Path other : read) {
                Usage.require(
                        !isSame(written, other),
                        command,
                        option + " would replace " + what + ", " + other + ": name another");
            }
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new InputException(one + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    /** Refuse a file that rows cannot be written to, or that is there and neither replaced nor gone on with. */
    static void requirePlace(CommandSpec command, Path file, boolean resume, boolean force) {
        RowWriter.requirePlace(file);
        Usage.require(
                resume || force || !Files.exists(file),
                command,
                file + " is there already; --resume goes on with it, --force replaces it");
    }
}
