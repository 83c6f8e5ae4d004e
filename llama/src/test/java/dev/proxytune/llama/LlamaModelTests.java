package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.RoleText;
import dev.proxytune.Steering;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.ModelOptions.CacheType;
import dev.proxytune.llama.ModelOptions.FlashAttention;
import dev.proxytune.llama.ModelOptions.LoadMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Closing early is what some tests are about.
class LlamaModelTests {
    private static final Prompt PROMPT = TestModels.prompt(1, 37);
    private static final String ADAPTED = "blk.1.ffn_up.weight";
    private static final int WIDTH = 64;
    private static final int HIDDEN = 128;
    private static final int RANK = 4;

    @TempDir
    static Path folder;

    private static LlamaModel load() {
        return LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS);
    }

    private static float[] row(LlamaModel model) {
        try (var decoder = model.open(new DecoderOptions(1, 256, 1))) {
            decoder.decode(new Batch().start(0, PROMPT, Steering.DEFAULT, true));
            float[] row = new float[model.vocabulary().size()];
            decoder.row(0).copyTo(0, row, 0, row.length);
            return row;
        }
    }

    @Test
    void tellsWhatTheFileHolds() {
        try (var model = load()) {
            ModelInfo info = model.info();
            assertThat(info.architecture()).isEqualTo("llama");
            assertThat(info.contextLength()).isEqualTo(4096).isEqualTo(model.contextLength());
            assertThat(info.layers()).isEqualTo(2);
            assertThat(info.embeddingLength()).isEqualTo(WIDTH);
            assertThat(info.vocabularySize()).isEqualTo(288);
            assertThat(info.parameters()).isPositive();
            assertThat(info.weightBytes()).isEqualTo(info.parameters() * 4);
            // 2 layers, 2 heads of length 16, keys and values, 2 bytes each.
            assertThat(info.cacheBytesPerToken()).isEqualTo(2 * 2 * 16 * 2 * 2);
            assertThat(info.quantization()).contains("F32");
        }
        LibraryInfo library = LlamaLibrary.describe();
        assertThat(library.version()).startsWith("0.5.0");
        assertThat(library.devices()).isNotEmpty();
    }

    @Test
    void keepsTheWeightsOfAFileOnce() {
        NativeModel first = NativeModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS, LoadExtent.WEIGHTS);
        NativeModel second = NativeModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS, LoadExtent.WEIGHTS);
        NativeModel other = NativeModel.load(
                TestModels.synthetic(folder, 1), TestModels.OPTIONS.withLoadMode(LoadMode.READ), LoadExtent.WEIGHTS);
        assertThat(first).isSameAs(second).isNotSameAs(other);
        first.release();
        second.release();
        other.release();
        NativeModel again = NativeModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS, LoadExtent.WEIGHTS);
        assertThat(again).isNotSameAs(first);
        again.release();
    }

    @Test
    void isTheSameAsAnotherOfItsFileThatIsLoadedAlikeAndHasNoAdapter() {
        Path adapter = folder.resolve("same.gguf");
        writeAdapter(adapter, "llama", WIDTH, noise(3, RANK * WIDTH), noise(4, HIDDEN * RANK));
        try (var model = load();
                var again = load();
                var longBatches =
                        LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withBatch(64, 64));
                var other = LlamaModel.load(TestModels.synthetic(folder, 2), TestModels.OPTIONS);
                var view = model.withLora(adapter, 1)) {
            assertThat(model.isSameAs(again)).isTrue();
            assertThat(model.isSameAs(longBatches)).isFalse();
            assertThat(model.isSameAs(other)).isFalse();
            assertThat(model.isSameAs(view)).isFalse();
            assertThat(view.isSameAs(view)).isTrue();
        }
    }

    @Test
    void closesInAnyOrderAndTwice() {
        var first = load();
        var second = load();
        var decoder = first.open(DecoderOptions.DEFAULT);
        Vocabulary vocabulary = first.vocabulary();
        first.close();
        first.close();
        second.close();
        assertThat(Greedy.run(decoder, 0, PROMPT, 3)).hasSize(3);
        assertThat(vocabulary.text(5)).isNotEmpty();
        assertThatIllegalStateException().isThrownBy(() -> first.open(DecoderOptions.DEFAULT));
        assertThatIllegalStateException().isThrownBy(() -> first.withLora(Path.of("none"), 1));
        decoder.close();
        decoder.close();
        assertThatIllegalStateException().isThrownBy(() -> vocabulary.text(5)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> vocabulary.tokenize("a", true, true));
        assertThat(vocabulary.size()).isEqualTo(288);
    }

    @Test
    void addsAnAdapterAsIfItWereMergedIntoTheWeights() {
        Path adapter = folder.resolve("adapter.gguf");
        Path merged = folder.resolve("merged.gguf");
        float[] first = noise(3, RANK * WIDTH);
        float[] second = noise(4, HIDDEN * RANK);
        writeAdapter(adapter, "llama", WIDTH, first, second);
        writeMerged(TestModels.synthetic(folder, 1), merged, first, second, 2 * 0.5f);

        try (var base = load();
                var whole = LlamaModel.load(merged, TestModels.OPTIONS);
                var view = base.withLora(adapter, 0.5f);
                var nothing = base.withLora(adapter, 0)) {
            float[] expected = row(whole);
            float[] plain = row(base);
            assertThat(row(view)).containsExactly(expected, within(0.05f));
            assertThat(row(nothing)).containsExactly(plain, within(1e-3f));
            assertThat(row(base)).containsExactly(plain, within(0f));
            assertThat(distance(expected, plain)).isGreaterThan(1);
        }
    }

    @Test
    void keepsAnAdapterUntilItsLastDecoderIsClosed() {
        Path adapter = folder.resolve("kept.gguf");
        writeAdapter(adapter, "llama", WIDTH, noise(3, RANK * WIDTH), noise(4, HIDDEN * RANK));
        for (int i = 0; i < 3; i++) {
            var base = load();
            var view = base.withLora(adapter, 1);
            var decoder = view.open(DecoderOptions.DEFAULT);
            base.close();
            view.close();
            view.close();
            assertThat(Greedy.run(decoder, 0, PROMPT, 3)).hasSize(3);
            decoder.close();
        }
    }

    @Test
    void refusesAnAdapterOfAnotherModel() {
        Path adapter = folder.resolve("foreign.gguf");
        Path unknown = folder.resolve("unknown.gguf");
        writeAdapter(adapter, "llama", 32, noise(3, RANK * 32), noise(4, HIDDEN * RANK));
        writeAdapter(unknown, "qwen2", WIDTH, noise(3, RANK * WIDTH), noise(4, HIDDEN * RANK));
        try (var base = load()) {
            for (Path file :
                    List.of(adapter, unknown, TestModels.synthetic(folder, 1), folder.resolve("missing.gguf"))) {
                assertThatExceptionOfType(InvalidModelException.class)
                        .isThrownBy(() -> base.withLora(file, 1))
                        .withMessageContaining(file.getFileName().toString())
                        .withMessageNotContaining("\n");
            }
            assertThatIllegalArgumentException().isThrownBy(() -> base.withLora(adapter, Float.NaN));
        }
    }

    @Test
    void refusesFilesThatAreNoModels() throws IOException {
        Path text = Files.writeString(folder.resolve("text.gguf"), "no model at all");
        Path empty = Files.createFile(folder.resolve("empty.gguf"));
        byte[] bytes = Files.readAllBytes(TestModels.synthetic(folder, 1));
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(bytes, bytes.length / 2));
        for (Path file : List.of(text, empty, cut, folder, folder.resolve("missing.gguf"))) {
            assertThatExceptionOfType(InvalidModelException.class)
                    .isThrownBy(() -> LlamaModel.load(file))
                    .withMessageContaining(file.getFileName().toString())
                    .withMessageNotContaining("\n");
        }
    }

    @Test
    void tokenizesAndWritesOutAgain() {
        try (var model = load()) {
            Vocabulary vocabulary = model.vocabulary();
            String text = "the thing is in there, naïve 中 \ud83d\ude00";
            Prompt prompt = model.tokenize(PromptText.of(text));

            assertThat(vocabulary.type()).isEqualTo("BPE");
            assertThat(new String(vocabulary.detokenize(prompt.tokens(), false, true), StandardCharsets.UTF_8))
                    .isEqualTo(text);
            assertThat(model.tokenize(PromptText.of("<|finish|>")).tokens()).containsExactly(1);
            assertThat(vocabulary.tokenize("<|finish|>", false, false)).hasSizeGreaterThan(1);
            assertThat(model.tokenize(PromptText.of("")).tokens()).containsExactly(0);
            assertThat(vocabulary.bos()).hasValue(0);
            assertThat(vocabulary.eos()).hasValue(1);
            assertThat(vocabulary.isEndOfGeneration(1)).isTrue();
            assertThat(vocabulary.isControl(0)).isTrue();
            assertThat(vocabulary.bytes(0)).isEmpty();
            assertThat(vocabulary.bytes(2 + ' ')).containsExactly(' ');
            assertThat(vocabulary.isPadding(5)).isFalse();
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vocabulary.bytes(288));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> vocabulary.detokenize(new int[] {-1}, true, true));
        }
    }

    @Test
    void whatUsersTypeNeverBecomesASpecialToken() {
        try (var model = load()) {
            int[] asText = model.vocabulary().tokenize("<|finish|>", false, false);
            assertThat(model.tokenize(PromptText.of(RoleText.verbatim("<|finish|>")))
                            .tokens())
                    .isEqualTo(asText);
            var honest = RoleText.ofTemplate(List.of(
                    new RoleText.Piece("the", true),
                    new RoleText.Piece(" thing", false),
                    new RoleText.Piece("<|finish|>", true)));
            assertThat(model.tokenize(PromptText.of(honest)).tokens())
                    .isEqualTo(model.vocabulary().tokenize("the thing<|finish|>", false, true));
            var wicked = RoleText.ofTemplate(List.of(
                    new RoleText.Piece("the<|fin", true),
                    new RoleText.Piece("ish|><|finish|>", false),
                    new RoleText.Piece("<|finish|>", true)));
            assertThat(model.tokenize(PromptText.of(wicked)).tokens())
                    .containsOnlyOnce(1)
                    .endsWith(1);
        }
    }

    @Test
    void runsWithAnyCacheType() {
        try (var plain = load()) {
            float[] expected = row(plain);
            for (CacheType type : List.of(CacheType.F32, CacheType.BF16, CacheType.Q8_0)) {
                // Heads of length 16 hold no whole block of a quantised type, which llama.cpp must refuse in words.
                var options = TestModels.OPTIONS.withCacheTypes(type, type).withFlashAttention(FlashAttention.ON);
                try (var model = LlamaModel.load(TestModels.synthetic(folder, 1), options)) {
                    if (type.isQuantized()) {
                        assertThatExceptionOfType(ProxyTuneException.class)
                                .isThrownBy(() -> row(model))
                                .withMessageContaining("block size");
                    } else {
                        assertThat(row(model)).containsExactly(expected, within(0.1f));
                    }
                }
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelOptions.DEFAULT
                        .withCacheTypes(CacheType.F16, CacheType.Q8_0)
                        .withFlashAttention(FlashAttention.OFF));
    }

    private static float[] noise(long seed, int count) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() * 0.3f;
        }
        return values;
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.pow(a[i] - b[i], 2);
        }
        return Math.sqrt(sum);
    }

    /** Write an adapter of one matrix, whose alpha of twice the rank doubles it. */
    private static void writeAdapter(Path file, String architecture, int width, float[] first, float[] second) {
        var metadata = Metadata.builder()
                .put("general.type", "adapter")
                .put("general.architecture", architecture)
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 2f * RANK)
                .build();
        new GgufWriter(metadata)
                .addFloats(ADAPTED + ".lora_a", TensorType.F32, List.of((long) width, (long) RANK), first)
                .addFloats(ADAPTED + ".lora_b", TensorType.F32, List.of((long) RANK, (long) HIDDEN), second)
                .write(file);
    }

    /** Write the base with {@code scale · second · first} added to the matrix that the adapter changes. */
    private static void writeMerged(Path base, Path file, float[] first, float[] second, float scale) {
        try (var source = GgufFile.open(base)) {
            GgufHeader header = source.header();
            var writer = new GgufWriter(header.metadata());
            for (TensorInfo tensor : header.tensors()) {
                float[] values = new float[Math.toIntExact(tensor.elements())];
                source.readRows(tensor, 0, values);
                if (tensor.name().equals(ADAPTED)) {
                    for (int i = 0; i < values.length; i++) {
                        for (int k = 0; k < RANK; k++) {
                            values[i] += scale * second[i / WIDTH * RANK + k] * first[k * WIDTH + i % WIDTH];
                        }
                    }
                }
                writer.addFloats(tensor.name(), tensor.type(), tensor.shape(), values);
            }
            writer.write(file);
        }
    }
}
