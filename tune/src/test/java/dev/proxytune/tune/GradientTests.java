package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares gradients with differences of the loss along them. */
class GradientTests {
    private static final double LONGEST_STEP = 2e-2;
    /** How far the loss should move: far above its rounding, and not so far that it bends. */
    private static final double CHANGE = 0.05;

    @TempDir
    static Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static TokenBatch batch() {
        var random = new Random(31);
        int[] ids = random.ints(32, 0, 288).toArray();
        int[] targets = random.ints(32, 0, 288).toArray();
        targets[3] = TokenBatch.UNCOUNTED;
        targets[20] = TokenBatch.UNCOUNTED;
        int[] segments = new int[32];
        for (int i = 9; i < 16; i++) {
            segments[i] = 1;
        }
        return new TokenBatch(2, 16, ids, targets, segments);
    }

    private static Transformer load(Architecture kind, Compute compute) {
        Path file = folder.resolve(kind + ".gguf");
        TinyModels.write(file, kind, TinyModels.metadata(kind).build(), false, TensorType.F32, _ -> {});
        try (var opened = GgufFile.open(file)) {
            return Transformer.load(opened, compute);
        }
    }

    /** Move along each gradient, one tensor at a time: the loss must change by the gradient's length times the way. */
    private static void check(Transformer model, double allowed) {
        try (var _ = new PointerScope()) {
            model.loss(batch()).backward();
            model.parameters().forEach((name, parameter) -> {
                try (var _ = new PointerScope();
                        var _ = new NoGradGuard()) {
                    double length = parameter.grad().norm().item_double();
                    double step = Math.min(LONGEST_STEP, CHANGE / length);
                    Tensor way = parameter.grad().mul(new Scalar(step / length));
                    parameter.add_(way);
                    double after = model.evaluate(batch());
                    parameter.sub_(way).sub_(way);
                    double before = model.evaluate(batch());
                    parameter.add_(way);
                    assertThat((after - before) / (2 * step))
                            .as(name)
                            .isCloseTo(length, within(allowed * length + 5e-3));
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void followsTheLossInEveryArchitecture(Architecture kind) {
        try (var model = load(kind, Compute.EXACT)) {
            check(model, 0.02);
        }
    }

    @Test
    void followsTheLossInTheLowRankMatrices() {
        try (var model = load(Architecture.QWEN3, Compute.EXACT)) {
            model.addLora(new LoraSettings(4, 6, 0, EnumSet.allOf(LoraSettings.Projection.class)), 1);
            for (int i = 0; i < 3; i++) {
                Training.descend(model, batch(), 1);
            }
            check(model, 0.02);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isNearlyTheSameInHalfThePrecision(Architecture kind) {
        try (var exact = load(kind, Compute.EXACT);
                var rounded = load(kind, Compute.EXACT.withPrecision(Precision.BF16));
                var _ = new PointerScope()) {
            exact.loss(batch()).backward();
            rounded.loss(batch()).backward();
            exact.parameters().forEach((name, parameter) -> {
                Tensor expected = parameter.grad();
                Tensor found =
                        Objects.requireNonNull(rounded.parameters().get(name)).grad();
                double cosine = expected.mul(found).sum().item_double()
                        / expected.norm().item_double()
                        / found.norm().item_double();
                assertThat(cosine).as(name).isGreaterThan(0.99);
                assertThat(found.norm().item_double() / expected.norm().item_double())
                        .as(name)
                        .isCloseTo(1, within(0.05));
            });
        }
    }
}
