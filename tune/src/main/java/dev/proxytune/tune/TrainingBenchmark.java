package dev.proxytune.tune;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Measure how fast models are trained here, and how near that is to what the machine can compute. */
public final class TrainingBenchmark {
    private static final int PEAK_SIZE = 2048;
    private static final int PEAK_ROUNDS = 10;
    private static final int WARMUP = 3;
    private static final double BILLION = 1e9;

    private TrainingBenchmark() {}

    /**
     * What was measured.
     *
     * @param tokensPerSecond tokens trained in a second, in the median of steps
     * @param fastest the same in the fastest step
     * @param gigaflops floating-point operations in a nanosecond, of the products that a step cannot do without
     * @param peak the same in a large product of the same precision, as fast as the machine gets
     * @param peakF32 the same in single precision
     */
    public record Result(double tokensPerSecond, double fastest, double gigaflops, double peak, double peakF32) {}

    /**
     * Train a model with random weights on random tokens: forward, backward, clipping and AdamW.
     *
     * @param shape a llama model
     * @param rows rows of a batch
     * @param length tokens of a row
     * @param steps steps that are measured, at least 1
     * @param threads threads to compute with
     */
    public static Result run(ModelShape shape, int rows, int length, int steps, Compute compute, int threads) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1, got: " + steps);
        }
        Torch.threads(threads);
        double[] seconds = train(shape, batch(shape, rows, length), steps, compute);
        Arrays.sort(seconds);
        double tokens = (double) rows * length;
        double median = tokens / seconds[seconds.length / 2];
        double fastest = tokens / seconds[0];
        boolean rounded = compute.precision() == Precision.BF16;
        double peakF32 = peak(compute, ScalarType.Float);
        double peak = rounded ? peak(compute, ScalarType.BFloat16) : peakF32;
        return new Result(median, fastest, median * operationsPerToken(shape, length) / BILLION, peak, peakF32);
    }

    private static TokenBatch batch(ModelShape shape, int rows, int length) {
        var random = new Random(1);
        int[] ids = random.ints((long) rows * length, 0, shape.vocabularySize()).toArray();
        int[] targets =
                random.ints((long) rows * length, 0, shape.vocabularySize()).toArray();
        return new TokenBatch(rows, length, ids, targets, new int[0]);
    }

    private static double[] train(ModelShape shape, TokenBatch batch, int steps, Compute compute) {
        double[] seconds = new double[steps];
        try (var model = Transformer.random(shape, 1, compute);
                var optimizer = new AdamW(model, TrainingSettings.of(steps + WARMUP, 1e-3));
                var mean = new Scalar(1.0 / batch.counted())) {
            for (int step = 0; step < steps + WARMUP; step++) {
                long start = System.nanoTime();
                try (var _ = new PointerScope()) {
                    model.loss(batch).mul_(mean).backward();
                    optimizer.clip();
                    optimizer.step(step);
                }
                seconds[Math.max(0, step - WARMUP)] = (System.nanoTime() - start) / BILLION;
            }
        }
        return seconds;
    }

    /** Return what the products of a step take: two operations a weight forward and four backward, and attention's. */
    static double operationsPerToken(ModelShape shape, int length) {
        double products = TensorNames.of(shape).entrySet().stream()
                .filter(tensor -> tensor.getValue().size() == 2)
                .filter(tensor -> shape.tied() || !tensor.getKey().equals(TensorNames.EMBEDDING))
                .mapToDouble(tensor -> (double) tensor.getValue().getFirst()
                        * tensor.getValue().getLast())
                .sum();
        double attention = 2.0 * shape.layers() * shape.heads() * shape.headSize() * length;
        return 6 * (products + attention);
    }

    private static double peak(Compute compute, ScalarType type) {
        double best = 0;
        try (var _ = new PointerScope();
                var _ = new NoGradGuard()) {
            Tensor matrix = torch.randn(new long[] {PEAK_SIZE, PEAK_SIZE}, new TensorOptions(ScalarType.Float))
                    .to(Torch.device(compute.device()), type);
            for (int i = 0; i < PEAK_ROUNDS; i++) {
                long start = System.nanoTime();
                try (var _ = new PointerScope()) {
                    // Reading a number waits for devices that compute on their own.
                    torch.mm(matrix, matrix).select(0, 0).select(0, 0).item_float();
                }
                best = Math.max(best, 2.0 * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE / (System.nanoTime() - start));
            }
        }
        return best;
    }
}
