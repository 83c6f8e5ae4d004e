package dev.proxytune.llama;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
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
     * Return what such a process prints on both streams.
     *
     * @param limit the most KiB that a file may grow to, or {@code unlimited}
     */
    static String run(String limit, Path source, Path destination, FileType type)
            throws IOException, InterruptedException {
        LlamaLibrary.load();
        Path printed = Files.createTempFile(source.getParent(), "printed", ".txt");
        int code = new ProcessBuilder(
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
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start()
                .waitFor();
        return code + ": " + Files.readString(printed);
    }
}
