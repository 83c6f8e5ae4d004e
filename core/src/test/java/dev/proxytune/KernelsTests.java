package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTests {
    private final Kernels kernels = new Kernels();

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1023, 1024, 1025, 50_000})
    void agreesWithDoublePrecision(int size) {
        for (long seed = 0; seed < 8; seed++) {
            for (float spread : new float[] {0, 0.1f, 3, 30}) {
                check("size %d, seed %d, spread %s".formatted(size, seed, spread), row(size, seed, spread));
            }
        }
    }

    private void check(String name, float[] logits) {
        int size = logits.length;
        double max = IntStream.range(0, size).mapToDouble(i -> logits[i]).max().orElseThrow();
        int best = IntStream.range(0, size)
                .filter(i -> logits[i] == max)
                .findFirst()
                .orElseThrow();
        assertThat(kernels.argmax(logits, size)).as(name).isEqualTo(best);
        assertThat(kernels.argmax(new ArrayRow(logits))).as(name).isEqualTo(best);

        double[] exact = Arrays.stream(doubles(logits))
                .map(logit -> Math.exp((logit - max) * 1.25f))
                .toArray();
        float[] weights = new float[size];
        double[] sums = new double[size / Kernels.BLOCK + 1];
        double sum = kernels.softmax(logits, size, (float) max, 1.25f, weights, sums);
        assertThat(sum / Arrays.stream(exact).sum()).as(name).isCloseTo(1, within(1e-6));
        assertThat(Arrays.stream(sums).sum()).as(name).isCloseTo(sum, within(1e-6 * sum));
        for (int id = 0; id < size; id++) {
            assertThat((double) weights[id]).as(name).isCloseTo(exact[id], within(1e-6 * exact[id] + 1e-9));
        }
        double logSum = max
                + Math.log(Arrays.stream(doubles(logits))
                        .map(l -> Math.exp(l - max))
                        .sum());
        assertThat(kernels.logSumExp(new ArrayRow(logits), size)).as(name).isCloseTo(logSum, within(1e-6));

        float threshold = weights[size / 2];
        double above =
                Arrays.stream(doubles(weights)).filter(w -> w > threshold).sum();
        assertThat(kernels.sumAbove(weights, 0, size, threshold)).as(name).isCloseTo(above, within(1e-6 * above));
    }

    @Test
    void extremeValuesKeepTheirMeaning() {
        float[] logits = row(2000, 1, 3);
        logits[3] = -1e30f;
        logits[1500] = Float.NEGATIVE_INFINITY;
        check("low", logits);
        logits[700] = 3e38f;
        assertThat(kernels.argmax(logits, 2000)).isEqualTo(700);
        float[] weights = new float[2000];
        assertThat(kernels.softmax(logits, 2000, 3e38f, 1, weights, new double[2]))
                .isEqualTo(1);
        assertThat(weights[3]).isZero();
        assertThat(weights[1500]).isZero();
        assertThat(kernels.logSumExp(new ArrayRow(logits), 2000)).isEqualTo(3e38f);
    }

    @Test
    void whatIsImpossibleWeighsNothingAtAnyTemperature() {
        float[] logits = {0, Float.NEGATIVE_INFINITY, -1e-3f, -200};
        float[] weights = new float[4];
        for (float scale : new float[] {1e-30f, 1, 1e30f, Float.POSITIVE_INFINITY}) {
            assertThat(kernels.softmax(logits, 4, 0, scale, weights, new double[1]))
                    .isBetween(1.0, 3.0);
            assertThat(weights[1]).as("scale %s", scale).isZero();
            assertThat(weights[0]).as("scale %s", scale).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 1023, 1024, 2999})
    void findsNoMaximumWhereOneValueIsNotANumberOrInfinite(int place) {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] logits = row(3000, 2, 3);
            logits[place] = value;
            assertThat(kernels.argmax(logits, 3000)).isEqualTo(-1);
            assertThat(kernels.argmax(new ArrayRow(logits))).isEqualTo(-1);
            assertThat(kernels.logSumExp(new ArrayRow(logits), 3000)).isEqualTo(Double.valueOf(value));
        }
        float[] impossible = new float[3000];
        Arrays.fill(impossible, Float.NEGATIVE_INFINITY);
        assertThat(kernels.argmax(impossible, 3000)).isEqualTo(-1);
        assertThat(kernels.argmax(new ArrayRow(impossible))).isEqualTo(-1);
        assertThat(kernels.logSumExp(new ArrayRow(impossible), 3000)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void theLowestOfEqualMaximaIsTheMaximum() {
        float[] logits = new float[5000];
        logits[4097] = 2;
        logits[3] = 1;
        logits[1030] = 2;
        logits[2049] = 2;
        assertThat(kernels.argmax(logits, 5000)).isEqualTo(1030);
        assertThat(kernels.argmax(new ArrayRow(logits))).isEqualTo(1030);
        assertThat(kernels.argmax(new float[] {-0f, 0f}, 2)).isZero();
    }

    private static float[] row(int size, long seed, float spread) {
        var random = new SplittableRandom(seed);
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) random.nextGaussian() * spread;
        }
        return logits;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
