package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.LoraCheck;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.tune.LoraSettings.Projection;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraTests {
    private static final int[] IDS = new Random(23).ints(40, 2, 288).toArray();
    private static final LoraSettings SETTINGS = new LoraSettings(4, 6, 0, EnumSet.allOf(Projection.class));

    @TempDir
    static Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static Path base(Architecture kind) {
        return TinyModels.write(
                folder.resolve(kind + ".gguf"), kind, TinyModels.metadata(kind).build(), true, TensorType.F32, _ -> {});
    }

    private static Transformer load(Path file, Compute compute) {
        try (var opened = GgufFile.open(file)) {
            return Transformer.load(opened, compute);
        }
    }

    private static TokenBatch batch(int seed) {
        int[] ids = new Random(seed).ints(48, 2, 288).toArray();
        int[] targets = new Random(seed + 1L).ints(48, 2, 288).toArray();
        return new TokenBatch(2, 24, ids, targets, new int[0]);
    }

    private static void train(Transformer model, int steps) {
        for (int i = 0; i < steps; i++) {
            model.seedDropout(i);
            Training.descend(model, batch(i % 2), 1);
        }
    }

    @Test
    void addsNothingAtFirstAndFreezesTheModel() {
        try (var model = load(base(Architecture.LLAMA), Compute.EXACT)) {
            float[] before = model.logits(IDS);
            model.addLora(SETTINGS, 1);
            assertThat(model.logits(IDS)).isEqualTo(before);
            assertThat(model.parameters()).hasSize(TinyModels.LAYERS * 7 * 2);
            assertThat(model.parameters().keySet()).allMatch(name -> name.contains(".weight.lora_"));
            assertThat(model.parameters().values()).allMatch(Tensor::requires_grad);
            assertThat(model.isMatrix("blk.0.attn_q.weight.lora_a")).isTrue();
            assertThatIllegalStateException().isThrownBy(() -> model.addLora(SETTINGS, 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameLogitsMergedAndAsAnAdapterOfLlamaCpp(Architecture kind) {
        Path base = base(kind);
        Path adapter = folder.resolve(kind + "-adapter.gguf");
        Path merged = folder.resolve(kind + "-merged.gguf");
        try (var model = load(base, Compute.EXACT);
                var opened = GgufFile.open(base)) {
            float[] before = model.logits(IDS);
            model.addLora(SETTINGS, 1);
            train(model, 8);
            float[] trained = model.logits(IDS);
            assertThat(Training.largestDifference(before, trained)).isGreaterThan(0.3f);

            model.writeLora(
                    adapter, Metadata.builder().put("general.name", "test").build());
            LoraCheck.requireAdapter(GgufFile.readHeader(adapter));
            LoraCheck.requireFits(GgufFile.readHeader(adapter), opened.header());
            try (var plain = LlamaModel.load(base, LlamaLogits.OPTIONS);
                    var adapted = plain.withLora(adapter, 1)) {
                assertThat(Training.largestDifference(trained, LlamaLogits.of(adapted, IDS)))
                        .isLessThan(2e-3f);
            }
            model.write(merged, opened.header().metadata(), TensorType.F32);
            assertThat(Training.largestDifference(trained, LlamaLogits.of(merged, IDS)))
                    .isLessThan(2e-3f);
            try (var again = load(merged, Compute.EXACT)) {
                assertThat(Training.largestDifference(trained, again.logits(IDS)))
                        .isLessThan(1e-3f);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void adaptsASingleProjection(Projection projection) {
        try (var model = load(base(Architecture.QWEN2), Compute.EXACT)) {
            double before = model.evaluate(batch(0));
            model.addLora(new LoraSettings(2, 4, 0, Set.of(projection)), 1);
            assertThat(model.parameters()).hasSize(TinyModels.LAYERS * 2);
            train(model, 4);
            assertThat(model.evaluate(batch(0))).isLessThan(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void learnsInBothPrecisions(Precision precision) {
        var compute = new Compute(Compute.Device.CPU, precision);
        try (var model = load(base(Architecture.LLAMA), compute)) {
            model.addLora(SETTINGS, 1);
            double before = model.evaluate(batch(0));
            train(model, 20);
            assertThat(model.evaluate(batch(0))).isLessThan(before - 20);
        }
    }

    @Test
    void dropsTheSameForTheSameSeed() {
        var settings = new LoraSettings(4, 6, 0.5f, EnumSet.allOf(Projection.class));
        try (var model = load(base(Architecture.LLAMA), Compute.EXACT)) {
            model.addLora(settings, 1);
            train(model, 4);
            double first = loss(model, 7);
            assertThat(loss(model, 7)).isEqualTo(first);
            assertThat(loss(model, 8)).isNotEqualTo(first);
            // Nothing is dropped where nothing is learned.
            double whole = model.evaluate(batch(0));
            model.seedDropout(8);
            assertThat(model.evaluate(batch(0))).isEqualTo(whole).isNotCloseTo(first, within(1e-3));
        }
    }

    private static double loss(Transformer model, long seed) {
        try (var _ = new PointerScope()) {
            model.seedDropout(seed);
            return model.loss(batch(0)).item_double();
        }
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        var all = EnumSet.allOf(Projection.class);
        assertThatIllegalArgumentException().isThrownBy(() -> new LoraSettings(0, 1, 0, all));
        assertThatIllegalArgumentException().isThrownBy(() -> new LoraSettings(1, 0, 0, all));
        assertThatIllegalArgumentException().isThrownBy(() -> new LoraSettings(1, Float.NaN, 0, all));
        assertThatIllegalArgumentException().isThrownBy(() -> new LoraSettings(1, 1, 1, all));
        assertThatIllegalArgumentException().isThrownBy(() -> new LoraSettings(1, 1, 0, Set.of()));
    }
}
