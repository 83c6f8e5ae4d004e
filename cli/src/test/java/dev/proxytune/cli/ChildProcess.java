package dev.proxytune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A command in a process of its own, which can be killed, and whose files can be kept from growing. */
final class ChildProcess implements AutoCloseable {
    /** What runs in the background of a shell ignores Ctrl+C, and so would all that it starts. */
    private static final String HEEDING_CTRL_C =
            "heed='env --default-signal=INT'; $heed true 2> /dev/null && set -- $heed \"$@\"; ";

    private final Process process;
    private final BufferedReader lines;

    private ChildProcess(Process process) {
        this.process = process;
        this.lines = process.errorReader();
    }

    /**
     * Start a command.
     *
     * @param limit the most KiB that a file may grow to, or {@code unlimited}
     */
    static ChildProcess start(String limit, List<String> args) throws IOException {
        return start(limit, List.of(), args, ProcessBuilder.Redirect.DISCARD);
    }

    /** Start a command with options for its JVM, whose standard output goes to a file. */
    static ChildProcess start(Path output, List<String> args, String... options) throws IOException {
        return start("unlimited", List.of(options), args, ProcessBuilder.Redirect.to(output.toFile()));
    }

    /** Start a command that knows where the project is, as {@code ./proxytune} does. */
    static ChildProcess startAt(Path home, Path output, List<String> args) throws IOException {
        return start(output, args, "-D" + FamilyMixin.HOME + "=" + home);
    }

    private static ChildProcess start(String limit, List<String> jvm, List<String> args, ProcessBuilder.Redirect output)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "bash",
                "-c",
                "ulimit -f " + limit + "; " + HEEDING_CTRL_C + "exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(args);
        var builder = new ProcessBuilder(command).redirectOutput(output);
        // The JVM says on standard error that it heeds this one.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new ChildProcess(builder.start());
    }

    /** Send a line to standard input. */
    void type(String line) throws IOException {
        var in = process.outputWriter();
        in.write(line + "\n");
        in.flush();
    }

    /** Read what the process says until a line with this text; return whether there was one before the end. */
    boolean says(String text) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(text)) {
                return true;
            }
        }
        return false;
    }

    /** Wait until there is such a file; return whether it came before the end of the process. */
    boolean makes(Path file) throws InterruptedException {
        while (process.isAlive() && !Files.exists(file)) {
            Thread.sleep(1);
        }
        return Files.exists(file);
    }

    /** Send a signal, such as {@code INT}. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("/bin/kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Return the exit code, and the lines that the process has still said. */
    String end() throws InterruptedException {
        String rest = String.join("\n", lines.lines().toList());
        return process.waitFor() + ": " + rest;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
