package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/** Train in a process of its own, whose memory nothing else takes. */
final class MemoryChild {
    private static final int STEPS = 5;

    private MemoryChild() {}

    /**
     * Train a little, and print bytes: the most memory that the process ever held, what it held before there was a
     * model, and the estimate of the difference.
     *
     * @param args width, layers, heads, hidden units, tokens of the vocabulary, rows, length, precision, and the rank
     *     of low-rank matrices or 0
     */
    public static void main(String[] args) throws IOException {
        int[] n = Arrays.stream(args).limit(7).mapToInt(Integer::parseInt).toArray();
        var shape = ModelShape.llama(n[0], n[1], n[2], n[2], n[3], n[4], n[6]);
        var plan = new BatchPlan(n[5], n[6], 1, 0);
        var compute = Compute.EXACT.withPrecision(Precision.valueOf(args[7]));
        Torch.threads(1);
        long before = memory("VmRSS:");
        long trained = shape.parameters();
        Path folder = Files.createTempDirectory("memory");
        try (var model = Transformer.random(shape, 1, compute)) {
            int rank = Integer.parseInt(args[8]);
            if (rank > 0) {
                model.addLora(new LoraSettings(rank, rank, 0, LoraSettings.DEFAULT.projections()), 1);
                trained = model.parameters().values().stream()
                        .mapToLong(Tensor::numel)
                        .sum();
            }
            var settings = TrainingSettings.of(STEPS, 1e-3);
            var data = new RandomBatches(plan, shape.vocabularySize());
            new Trainer(model, data, settings, 1, new TreeMap<>(), folder.resolve("checkpoint"))
                    .run(_ -> {}, new Cancellation());
            model.write(folder.resolve("model.gguf"), Metadata.builder().build(), TensorType.F32);
        }
        System.out.println(memory("VmHWM:") + " " + before + " "
                + MemoryEstimate.of(shape, trained, plan, compute).total());
    }

    private static long memory(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** Return the numbers that such a process prints. */
    static long[] run(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                MemoryChild.class.getName()));
        command.addAll(List.of(args));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("The process ended with " + process.exitValue());
        }
        return Arrays.stream(printed.strip().split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
