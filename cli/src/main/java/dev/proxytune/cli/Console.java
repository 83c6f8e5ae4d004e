package dev.proxytune.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Hold what a command has of the world outside: its streams, its terminals and its environment. Text is UTF-8, whatever
 * the platform prefers.
 *
 * <p>Answers go out by {@link #print}, everything else a user is told by {@link #say}.
 */
final class Console {
    private static final int USUAL_COLUMNS = 80;

    private final InputStream in;
    private final OutputStream out;
    private final PrintWriter help;
    private final PrintWriter err;
    private final Terminals terminals;
    private final Map<String, String> environment;

    Console(InputStream in, OutputStream out, OutputStream err, Terminals terminals, Map<String, String> environment) {
        this.in = in;
        this.out = out;
        this.help = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.terminals = terminals;
        this.environment = Map.copyOf(environment);
    }

    /** Return the console of this process. */
    static Console system() {
        return new Console(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                Terminals.detect(),
                System.getenv());
    }

    InputStream in() {
        return in;
    }

    /** Return a writer to standard output for what is not an answer, such as help; {@link #check} tells of errors. */
    PrintWriter out() {
        return help;
    }

    /**
     * Check that what went to {@link #out()} was written.
     *
     * @throws OutputException if it was not
     */
    void check() {
        if (help.checkError()) {
            throw new OutputException(new IOException("the disk is full, or it is closed"), terminals.outIsPipe());
        }
    }

    /** Return a writer to standard error. */
    PrintWriter err() {
        return err;
    }

    Terminals terminals() {
        return terminals;
    }

    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    /**
     * Write to standard output, at once.
     *
     * @throws OutputException if that fails
     */
    void print(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new OutputException(e, terminals.outIsPipe());
        }
    }

    /** Write a line to standard error. */
    void say(String line) {
        err.println(line);
    }

    /** Return how many characters fit into a line on standard output, as far as that can be known. */
    int columns() {
        return variable("COLUMNS")
                .filter(value -> value.matches("[1-9][0-9]{0,3}"))
                .map(Integer::parseInt)
                .orElseGet(() -> Terminals.columns().orElse(USUAL_COLUMNS));
    }

    /** Return whether colours are welcome on standard output unless options say otherwise. */
    boolean isColored() {
        return terminals.out()
                && variable("NO_COLOR").isEmpty()
                && !variable("TERM").equals(Optional.of("dumb"));
    }
}
