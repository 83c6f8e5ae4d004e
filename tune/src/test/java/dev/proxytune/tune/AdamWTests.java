package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdamWTests {
    private static final ModelShape SHAPE = ModelShape.llama(16, 2, 2, 1, 24, 40, 16);
    private static final RandomBatches DATA = new RandomBatches(new BatchPlan(2, 8, 1, 0), 40);

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static TrainingSettings settings(double weightDecay, double clip) {
        return new TrainingSettings(8, 0.02, 3, 0.1, weightDecay, 0.8, 0.95, clip, 1, 0, Duration.ZERO);
    }

    /** The same in doubles, as the paper's Algorithm 2 has it. */
    private static final class Reference {
        private final TrainingSettings settings;
        private final Map<String, double[]> parameters = new LinkedHashMap<>();
        private final Map<String, double[]> means = new LinkedHashMap<>();
        private final Map<String, double[]> squares = new LinkedHashMap<>();

        Reference(Transformer model, TrainingSettings settings) {
            this.settings = settings;
            model.parameters().forEach((name, tensor) -> {
                parameters.put(name, doubles(tensor));
                means.put(name, new double[parameters.get(name).length]);
                squares.put(name, new double[parameters.get(name).length]);
            });
        }

        double length(Map<String, double[]> gradients) {
            double sum = 0;
            for (double[] gradient : gradients.values()) {
                for (double value : gradient) {
                    sum += value * value;
                }
            }
            return Math.sqrt(sum);
        }

        void step(int step, Map<String, double[]> gradients, Transformer model) {
            double length = length(gradients);
            double shrink = settings.clip() > 0 && length > settings.clip() ? settings.clip() / length : 1;
            double rate = settings.learningRate(step);
            gradients.forEach((name, gradient) -> {
                double decay = model.isMatrix(name) ? rate * settings.weightDecay() : 0;
                double[] weights = Objects.requireNonNull(parameters.get(name));
                double[] mean = Objects.requireNonNull(means.get(name));
                double[] square = Objects.requireNonNull(squares.get(name));
                for (int i = 0; i < gradient.length; i++) {
                    double g = gradient[i] * shrink;
                    mean[i] = settings.beta1() * mean[i] + (1 - settings.beta1()) * g;
                    square[i] = settings.beta2() * square[i] + (1 - settings.beta2()) * g * g;
                    double unbiasedMean = mean[i] / (1 - Math.pow(settings.beta1(), step + 1));
                    double unbiasedSquare = square[i] / (1 - Math.pow(settings.beta2(), step + 1));
                    weights[i] -= decay * weights[i] + rate * unbiasedMean / (Math.sqrt(unbiasedSquare) + 1e-8);
                }
            });
        }
    }

    private static double[] doubles(Tensor tensor) {
        float[] values = Torch.toArray(tensor);
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static Map<String, double[]> gradients(Transformer model) {
        var gradients = new LinkedHashMap<String, double[]>();
        try (var _ = new PointerScope()) {
            model.parameters().forEach((name, tensor) -> gradients.put(name, doubles(tensor.grad())));
        }
        return gradients;
    }

    private static void backward(Transformer model, long batch) {
        try (var _ = new PointerScope()) {
            model.loss(DATA.batch(batch)).backward();
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0.3,0", "0,2", "0.3,2"})
    void movesWeightsAsTheReferenceDoes(double weightDecay, double clip) {
        var settings = settings(weightDecay, clip);
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var optimizer = new AdamW(model, settings)) {
            var reference = new Reference(model, settings);
            for (int step = 0; step < 8; step++) {
                backward(model, step);
                Map<String, double[]> gradients = gradients(model);
                double length = reference.length(gradients);
                assertThat(length).isGreaterThan(clip);
                assertThat(optimizer.clip()).isCloseTo(length, within(1e-4 * length));
                optimizer.step(step);
                reference.step(step, gradients, model);
            }
            model.parameters()
                    .forEach((name, tensor) -> assertThat(doubles(tensor))
                            .as(name)
                            .usingComparatorWithPrecision(2e-5)
                            .containsExactly(reference.parameters.get(name)));
        }
    }

    @Test
    void decaysMatricesAndNothingElse() {
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var optimizer = new AdamW(model, settings(0.5, 0))) {
            assertThat(optimizer.slots())
                    .isNotEmpty()
                    .allSatisfy(
                            (name, slot) -> assertThat(slot.decays()).as(name).isEqualTo(!name.contains("norm")));
        }
    }

    @Test
    void forgetsGradientsOnceTheyAreUsed() {
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var optimizer = new AdamW(model, settings(0, 0))) {
            backward(model, 0);
            optimizer.step(0);
            assertThat(gradients(model))
                    .allSatisfy((_, gradient) -> assertThat(gradient).containsOnly(0));
        }
    }

    @Test
    void leavesAShortGradientAsItIs() {
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var optimizer = new AdamW(model, settings(0, 1e6))) {
            backward(model, 0);
            Map<String, double[]> before = gradients(model);
            optimizer.clip();
            assertThat(gradients(model))
                    .allSatisfy((name, gradient) -> assertThat(gradient).containsExactly(before.get(name)));
        }
    }

    @Test
    void noticesAWeightThatIsNoNumber() {
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var optimizer = new AdamW(model, settings(0, 0))) {
            assertThat(optimizer.isFinite()).isTrue();
            Tensor last = model.parameters().values().stream()
                    .reduce((_, later) -> later)
                    .orElseThrow();
            try (var _ = new PointerScope();
                    var _ = new NoGradGuard()) {
                float[] values = Torch.toArray(last);
                values[new Random(5).nextInt(values.length)] = Float.POSITIVE_INFINITY;
                last.copy_(Torch.floats(values, values.length).view(last.sizes()));
            }
            assertThat(optimizer.isFinite()).isFalse();
        }
    }
}
