package dev.proxytune.llama;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Quantize in a process of its own, which shows all that native code writes. */
final class QuantizerChild {
    private QuantizerChild() {}

    /** Print the bytes of the result, or why there is none. */
    public static void main(String[] args) {
        var options = QuantizeOptions.of(FileType.valueOf(args[2])).withThreads(2);
        try {
            System.out.println(Quantizer.quantize(Path.of(args[0]), Path.of(args[1]), options)
                    .bytes());
        } catch (ProxyTuneException e) {
            System.out.println(e.getMessage());
        }
    }

    /**
     * Return what such a process prints on both streams, behind its exit code.
     *
     * @param limit the most KiB that a file may grow to, or {@code unlimited}
     */
    static String run(String limit, Path source, Path destination, FileType type)
            throws IOException, InterruptedException {
        Process process = start(limit, source, destination, type);
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + ": " + printed;
    }

    /** Start such a process. */
    static Process start(String limit, Path source, Path destination, FileType type) throws IOException {
        // The libraries must lie unpacked in the cache before files may not grow.
        LlamaLibrary.load();
        var builder = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f " + limit + "; exec \"$@\"",
                        "bash",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        QuantizerChild.class.getName(),
                        source.toString(),
                        destination.toString(),
                        type.name())
                .redirectErrorStream(true);
        // The JVM says on standard error that it heeds this one.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return builder.start();
    }
}
