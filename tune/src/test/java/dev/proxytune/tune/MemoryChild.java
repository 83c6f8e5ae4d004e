package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** Train in a process of its own, whose memory nothing else takes. */
final class MemoryChild {
    private static final int STEPS = Integer.getInteger("steps", 3);

    private MemoryChild() {}

    /** Train a little, and print the most memory that the process ever held, in bytes, and the estimate. */
    public static void main(String[] args) throws IOException {
        int[] n = List.of(args).subList(0, 7).stream().mapToInt(Integer::parseInt).toArray();
        var shape = ModelShape.llama(n[0], n[1], n[2], n[2], n[3], n[4], n[6]);
        var plan = new BatchPlan(n[5], n[6], 1, 0);
        var compute = Compute.EXACT.withPrecision(Precision.valueOf(args[7]));
        Torch.threads(1);
        try (var model = Transformer.random(shape, 1, compute)) {
            var trainer = new Trainer(
                    model,
                    new CountingData(plan, shape.vocabularySize()),
                    TrainingSettings.of(STEPS, 1e-3),
                    1,
                    new TreeMap<>(),
                    Path.of("none"));
            trainer.run(_ -> {}, new Cancellation());
        }
        long estimate =
                MemoryEstimate.of(shape, shape.parameters(), plan, compute).total();
        System.out.println(peak() + " " + estimate);
    }

    /** Return the largest resident memory of this process so far, in bytes. */
    private static long peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** Return what such a process prints. */
    static String run(String... args) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                MemoryChild.class.getName()));
        command.addAll(List.of(args));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return printed.strip();
    }
}
