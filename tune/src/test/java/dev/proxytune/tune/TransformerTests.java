package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransformerTests {
    private static final ModelShape SHAPE = ModelShape.llama(64, 2, 4, 2, 128, 288, 64);
    private static final Metadata TOKENIZER =
            SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).metadata();

    @TempDir
    static Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static TokenBatch batch(int rows, int length, int[] segments) {
        var random = new Random(5);
        int[] ids = random.ints((long) rows * length, 0, 288).toArray();
        int[] targets = random.ints((long) rows * length, 0, 288).toArray();
        return new TokenBatch(rows, length, ids, targets, segments);
    }

    @ParameterizedTest
    @EnumSource
    void learnsABatchByHeart(Precision precision) {
        var batch = batch(2, 16, new int[0]);
        try (var model = Transformer.random(SHAPE, 3, new Compute(Compute.Device.CPU, precision))) {
            double first = model.evaluate(batch) / batch.counted();
            assertThat(first).isCloseTo(Math.log(288), within(0.3));
            for (int step = 0; step < 40; step++) {
                Training.descend(model, batch, 0.05f);
            }
            assertThat(model.evaluate(batch) / batch.counted()).isLessThan(2);
        }
    }

    @Test
    void givesTheLossThatItGoesBackwardFrom() {
        var batch = batch(2, 16, new int[0]);
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT);
                var _ = new PointerScope()) {
            assertThat(model.loss(batch).item_double()).isCloseTo(model.evaluate(batch), within(1e-3));
        }
    }

    @Test
    void keepsExamplesInOneRowApart() {
        int[] first = {4, 5, 6};
        int[] second = {40, 50, 60, 70};
        int[] ids = {4, 5, 6, 40, 50, 60, 70};
        int[] targets = {5, 6, -1, 50, 60, 70, 80};
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT)) {
            double apart = model.evaluate(new TokenBatch(1, 3, first, new int[] {5, 6, -1}, new int[0]))
                    + model.evaluate(new TokenBatch(1, 4, second, new int[] {50, 60, 70, 80}, new int[0]));
            double packed = model.evaluate(new TokenBatch(1, 7, ids, targets, new int[] {0, 0, 0, 1, 1, 1, 1}));
            double mixed = model.evaluate(new TokenBatch(1, 7, ids, targets, new int[0]));
            assertThat(packed).isCloseTo(apart, within(1e-4));
            assertThat(mixed).isNotCloseTo(apart, within(1e-4));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q8_0"})
    void writesAModelThatLlamaCppRunsAlike(TensorType type) {
        Path file = folder.resolve(type + ".gguf");
        int[] ids = new Random(7).ints(20, 2, 288).toArray();
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT)) {
            model.parameters().values().forEach(Training::stretch);
            model.write(file, TOKENIZER, type);
            float[] ours = model.logits(ids);
            float[] theirs = LlamaLogits.of(file, ids);
            assertThat(Training.largestDifference(ours, theirs)).isLessThan(type == TensorType.F32 ? 1e-3f : 0.5f);
            assertThat(Training.spread(ours)).isGreaterThan(0.5);
        }
    }

    @Test
    void leavesNothingBehindInNativeMemory() throws IOException {
        var batch = batch(8, 64, new int[0]);
        try (var model = Transformer.random(SHAPE, 3, new Compute(Compute.Device.CPU, Precision.BF16))) {
            steps(model, batch, 50);
            long pointers = Pointer.totalCount();
            long before = residentKilobytes();
            steps(model, batch, 200);
            assertThat(Pointer.totalCount()).isLessThanOrEqualTo(pointers);
            assertThat(residentKilobytes() - before).isLessThan(60_000);
        }
    }

    private static void steps(Transformer model, TokenBatch batch, int count) {
        for (int i = 0; i < count; i++) {
            Training.descend(model, batch, 0.1f);
            assertThat(model.evaluate(batch)).isFinite();
        }
    }

    private static long residentKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }

    @Test
    void refusesBatchesThatItCannotTake() {
        try (var model = Transformer.random(SHAPE, 3, Compute.EXACT)) {
            int[] none = new int[4];
            Arrays.fill(none, TokenBatch.UNCOUNTED);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.evaluate(new TokenBatch(1, 4, new int[4], none, new int[0])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.evaluate(new TokenBatch(1, 65, new int[65], new int[65], new int[0])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            model.evaluate(new TokenBatch(1, 2, new int[] {1, 288}, new int[] {1, 1}, new int[0])))
                    .withMessageContaining("288");
        }
    }
}
