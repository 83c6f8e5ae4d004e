package dev.proxytune.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Tell which of the process's streams are terminals, and not files or pipes.
 *
 * @param in whether standard input is
 * @param out whether standard output is
 * @param err whether standard error is
 * @param outIsPipe whether standard output is a pipe or a socket: a write fails there once nobody reads any more
 */
record Terminals(boolean in, boolean out, boolean err, boolean outIsPipe) {

    static final Terminals NONE = new Terminals(false, false, false, false);

    private static final File TERMINAL = new File("/dev/tty");

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Look at the streams of this process. */
    static Terminals detect() {
        if (Files.isDirectory(DESCRIPTORS)) {
            String out = target(1);
            return new Terminals(
                    isTerminal(target(0)),
                    isTerminal(out),
                    isTerminal(target(2)),
                    out.startsWith("pipe:") || out.startsWith("socket:"));
        }
        // Elsewhere Java tells only of standard input and output together.
        boolean all = Optional.ofNullable(System.console())
                .map(java.io.Console::isTerminal)
                .orElse(false);
        return new Terminals(all, all, all, !all);
    }

    /** Ask the terminal of this process how many characters fit into its lines. */
    static OptionalInt columns() {
        try {
            var size = new ProcessBuilder("stty", "size")
                    .redirectInput(TERMINAL)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var answer = size.inputReader(StandardCharsets.US_ASCII)) {
                String[] rowsAndColumns = String.valueOf(answer.readLine()).split(" ", 2);
                int columns = rowsAndColumns.length == 2 ? Integer.parseInt(rowsAndColumns[1]) : 0;
                return columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
            }
        } catch (IOException | NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    private static String target(int descriptor) {
        try {
            return Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(descriptor)))
                    .toString();
        } catch (IOException e) {
            // The stream is closed.
            return "";
        }
    }

    private static boolean isTerminal(String device) {
        return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.startsWith("/dev/console");
    }
}
