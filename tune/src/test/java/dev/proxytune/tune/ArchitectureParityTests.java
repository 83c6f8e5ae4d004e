package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.FileType;
import dev.proxytune.llama.QuantizeOptions;
import dev.proxytune.llama.Quantizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares logits with those of llama.cpp, which runs the same file in single precision. */
class ArchitectureParityTests {
    private static final int[] IDS = new Random(17).ints(60, 2, 288).toArray();
    private static final float CLOSE = 1e-3f;

    @TempDir
    static Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static void compare(Path file, float allowed) {
        try (var opened = GgufFile.open(file);
                var model = Transformer.load(opened, Compute.EXACT)) {
            float[] ours = model.logits(IDS);
            assertThat(Training.largestDifference(ours, LlamaLogits.of(file, IDS)))
                    .isLessThan(allowed);
            assertThat(Training.spread(ours)).isGreaterThan(0.5);
        }
    }

    private static Path write(Architecture kind, Metadata metadata, boolean tied, Consumer<GgufWriter> more) {
        return TinyModels.write(folder.resolve("model.gguf"), kind, metadata, tied, TensorType.F32, more);
    }

    @ParameterizedTest
    @CsvSource({
        "LLAMA,true",
        "LLAMA,false",
        "QWEN2,true",
        "QWEN2,false",
        "QWEN3,true",
        "QWEN3,false",
        "GEMMA3,true",
        "GEMMA3,false"
    })
    void givesTheLogitsOfLlamaCpp(Architecture kind, boolean tied) {
        compare(write(kind, TinyModels.metadata(kind).build(), tied, _ -> {}), CLOSE);
    }

    @ParameterizedTest
    @EnumSource
    void writesWhatItRead(Architecture kind) {
        Path file = write(kind, TinyModels.metadata(kind).build(), false, _ -> {});
        Path copy = folder.resolve("copy.gguf");
        try (var opened = GgufFile.open(file);
                var model = Transformer.load(opened, Compute.EXACT)) {
            model.write(copy, opened.header().metadata(), TensorType.F32);
            try (var again = GgufFile.open(copy)) {
                assertThat(again.header().tensors())
                        .hasSameSizeAs(opened.header().tensors());
                for (var tensor : opened.header().tensors()) {
                    float[] before = new float[(int) tensor.elements()];
                    float[] after = before.clone();
                    opened.readRows(tensor, 0, before);
                    again.readRows(again.header().tensor(tensor.name()).orElseThrow(), 0, after);
                    assertThat(after).as(tensor.name()).isEqualTo(before);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"LLAMA", "QWEN3"})
    void scalesPositionsLinearly(Architecture kind) {
        var metadata = TinyModels.metadata(kind)
                .put(kind.label() + ".rope.scaling.type", "linear")
                .put(kind.label() + ".rope.scaling.factor", 4f)
                .build();
        compare(write(kind, metadata, true, _ -> {}), CLOSE);
    }

    @Test
    void dividesFrequenciesByTheFactorsOfTheFile() {
        float[] factors = new float[TinyModels.HEAD_SIZE / 2];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = 1 + i % 3;
        }
        var metadata = TinyModels.metadata(Architecture.LLAMA).build();
        Path file = write(
                Architecture.LLAMA,
                metadata,
                true,
                writer ->
                        writer.addFloats("rope_freqs.weight", TensorType.F32, List.of((long) factors.length), factors));
        compare(file, CLOSE);
        Path copy = folder.resolve("factors.gguf");
        try (var opened = GgufFile.open(file);
                var model = Transformer.load(opened, Compute.EXACT)) {
            model.write(copy, opened.header().metadata(), TensorType.F32);
        }
        compare(copy, CLOSE);
    }

    @Test
    void looksThroughWindowsInSomeLayersOfGemma3() {
        String prefix = "gemma3.";
        var metadata = TinyModels.metadata(Architecture.GEMMA3)
                .putUnsigned(prefix + "attention.sliding_window", 12)
                .put(prefix + "rope.scaling.type", "linear")
                .put(prefix + "rope.scaling.factor", 8f)
                .put(prefix + "rope.freq_base", 1_000_000f);
        compare(write(Architecture.GEMMA3, metadata.build(), true, _ -> {}), CLOSE);
        metadata.putUnsigned(prefix + "attention.sliding_window_pattern", 2);
        compare(write(Architecture.GEMMA3, metadata.build(), true, _ -> {}), CLOSE);
    }

    @Test
    void addsBiasesWhereALlamaModelHasSome() {
        Path file = write(
                Architecture.LLAMA, TinyModels.metadata(Architecture.LLAMA).build(), true, writer -> {
                    var random = new Random(3);
                    int width = TinyModels.width(Architecture.LLAMA);
                    TinyModels.vector(writer, random, "blk.0.attn_q.bias", TinyModels.HEADS * TinyModels.HEAD_SIZE, 0);
                    TinyModels.vector(writer, random, "blk.1.attn_output.bias", width, 0);
                    TinyModels.vector(writer, random, "blk.1.ffn_gate.bias", TinyModels.FEED_FORWARD, 0);
                    TinyModels.vector(writer, random, "blk.1.ffn_up.bias", TinyModels.FEED_FORWARD, 0);
                    TinyModels.vector(writer, random, "blk.2.ffn_down.bias", width, 0);
                });
        compare(file, CLOSE);
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K_M", "Q6_K"})
    void readsStoredTypes(FileType type) {
        Path exact = folder.resolve("exact.gguf");
        var shape = new SyntheticModel.Shape(256, 2, 4, 2, 256, 288, 256, true, TensorType.F32);
        SyntheticModel.of(shape, 5).write(exact);
        Path stored = folder.resolve("stored.gguf");
        Quantizer.quantize(exact, stored, QuantizeOptions.of(type).withOverwrite(true));
        Path copy = folder.resolve("read.gguf");
        try (var opened = GgufFile.open(stored);
                var model = Transformer.load(opened, Compute.EXACT)) {
            model.write(copy, opened.header().metadata(), TensorType.F32);
        }
        compare(copy, CLOSE);
        // llama.cpp rounds what enters products with such matrices, so its own logits are further away.
        compare(stored, 1);
    }
}
