package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelCheckTests {
    private static final SyntheticModel TINY = SyntheticModel.of(SyntheticModel.Shape.tiny(), 1);
    private static final String TOKENS = "tokenizer.ggml.";

    @TempDir
    Path directory;

    private static Arguments refusal(UnaryOperator<Metadata.Builder> change, String... words) {
        return Arguments.of(change, words);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(architecture(), sizes(), experts(), rotation(), tokenizers(), tokens(), specials())
                .flatMap(cases -> cases);
    }

    private static Stream<Arguments> architecture() {
        return Stream.of(
                refusal(m -> m.remove("general.architecture"), "'general.architecture' is missing"),
                refusal(m -> m.put("general.architecture", "lama"), "'lama'", "llama, qwen3 or gemma3"),
                refusal(m -> m.put("general.architecture", "(unknown)"), "'(unknown)'"),
                refusal(m -> m.put("general.architecture", "llama\0"), "zero bytes"),
                refusal(m -> m.put("general.architecture", 1f), "holds f32", "a string"),
                refusal(m -> m.put("general.architecture", "bert"), "does not generate text"),
                refusal(m -> m.put("general.architecture", "qwen2"), "'qwen2.block_count' is missing"),
                refusal(m -> m.put("general.type", "adapter"), "a LoRA adapter"));
    }

    private static Stream<Arguments> sizes() {
        return Stream.of(
                refusal(m -> m.remove("llama.context_length"), "'llama.context_length' is missing"),
                refusal(m -> m.putUnsigned("llama.context_length", 0), "is 0", "from 1"),
                refusal(m -> m.putUnsigned("llama.context_length", 4_000_000_000L), "is 4000000000"),
                refusal(m -> m.putUnsigned("llama.embedding_length", 0), "'llama.embedding_length' is 0"),
                refusal(m -> m.putUnsigned("llama.embedding_length", 128), "keys of 32", "16 rotated"),
                refusal(m -> m.put("llama.embedding_length", whole(ValueType.INT32, 64)), "holds i32", "a u32"),
                refusal(m -> m.putUnsigned("llama.block_count", 0), "'llama.block_count' is 0"),
                refusal(m -> m.putUnsigned("llama.block_count", 513), "is 513", "1 to 512"),
                refusal(m -> m.putUnsigned("llama.block_count", 3), "'blk.2.attn_norm.weight' is missing"),
                refusal(m -> m.putUnsigned("llama.block_count", 1), "belongs to layer 1", "below 1"),
                refusal(m -> m.putUnsigned("llama.nextn_predict_layers", 1), "nextn_predict_layers' is 1"),
                refusal(m -> m.putUnsigned("llama.attention.head_count", 0), "layer 0 has 0 heads"),
                refusal(m -> m.putUnsigned("llama.attention.head_count_kv", 0), "0 key-value heads"),
                refusal(m -> m.putUnsigned("llama.attention.head_count_kv", 3), "4 heads and 3 key-value heads"),
                refusal(m -> m.put("llama.attention.head_count", NumberArray.of(4)), "1 entries", "2, one for each"),
                refusal(m -> m.put("llama.attention.head_count", NumberArray.of(4, -4)), "is -4"),
                refusal(m -> m.put("llama.attention.head_count", NumberArray.of(4, 2)), "differs between layers"),
                refusal(m -> m.put("llama.attention.head_count", NumberArray.of(4f, 4f)), "array of 2 f32"),
                refusal(m -> m.putUnsigned("llama.attention.head_count", 128), "128 heads for an embedding of 64"),
                refusal(m -> m.putUnsigned("llama.attention.head_count", 1 << 20), "is 1048576", "0 to 16384"),
                refusal(m -> m.remove("llama.feed_forward_length"), "'llama.feed_forward_length' is missing"),
                refusal(m -> m.putUnsigned("llama.feed_forward_length", 64), "ffn_gate.weight", "64x128", "64x64"),
                refusal(m -> m.remove("llama.attention.layer_norm_rms_epsilon"), "epsilon' is missing"),
                refusal(m -> m.put("llama.attention.layer_norm_rms_epsilon", -1f), "is -1.0", "from 0"),
                refusal(m -> m.put("llama.attention.layer_norm_rms_epsilon", Float.NaN), "is NaN"),
                refusal(m -> m.put("llama.logit_scale", Float.POSITIVE_INFINITY), "is Infinity"),
                refusal(m -> m.put("llama.xs", NumberArray.of(1f, Float.NaN)), "entry 1", "NaN", "finite"),
                refusal(m -> m.put("llama.attention.causal", false), "causal' is false"),
                refusal(m -> m.putUnsigned("llama.pooling_type", 9), "pooling_type' is 9"));
    }

    private static Stream<Arguments> experts() {
        return Stream.of(
                refusal(m -> m.putUnsigned("llama.expert_count", 4), "0 of 4 experts"),
                refusal(m -> m.putUnsigned("llama.expert_used_count", 2), "2 of 0 experts"),
                refusal(m -> m.putUnsigned("llama.expert_count", 1025), "0 to 1024"),
                refusal(m -> experts(m, 4, 5), "5 of 4 experts"),
                refusal(m -> experts(m, 4, 2), "ffn_gate_inp.weight' is missing"),
                refusal(m -> experts(m, 4, 2).putUnsigned("llama.expert_group_count", 3), "3 groups of 4"),
                refusal(m -> m.putUnsigned("llama.expert_group_count", 1), "expert_group_count' is 1"));
    }

    private static Metadata.Builder experts(Metadata.Builder metadata, int count, int used) {
        return metadata.putUnsigned("llama.expert_count", count).putUnsigned("llama.expert_used_count", used);
    }

    private static Stream<Arguments> rotation() {
        return Stream.of(
                refusal(m -> m.putUnsigned("llama.rope.dimension_count", 15), "is 15", "an even number"),
                refusal(m -> m.putUnsigned("llama.rope.dimension_count", 8), "8 rotated dimensions"),
                refusal(m -> m.putUnsigned("llama.rope.dimension_count", 32), "is 32", "head length 16"),
                refusal(m -> m.putUnsigned("llama.rope.dimension_count_swa", 17), "count_swa' is 17"),
                refusal(m -> m.putUnsigned("llama.attention.key_length_swa", 8), "key_length_swa' is 8", "expected 16"),
                refusal(m -> m.putUnsigned("llama.attention.key_length", 32), "keys of 32, values of 16"),
                refusal(m -> m.putUnsigned("llama.attention.key_length", 0), "key_length' is 0"),
                refusal(m -> m.put("llama.rope.scaling.type", "cubic"), "'cubic'", "linear"),
                refusal(m -> m.put("llama.rope.freq_base", 0f), "freq_base' is 0.0"),
                refusal(m -> m.put("llama.rope.scaling.factor", Float.NaN), "is NaN"),
                refusal(m -> m.put("llama.rope.dimension_sections", NumberArray.of(8, 8, 8, 8)), "[8, 8, 8, 8]"));
    }

    private static Stream<Arguments> tokenizers() {
        return Stream.of(
                refusal(m -> m.remove(TOKENS + "model"), "there is no tokenizer"),
                refusal(m -> m.put(TOKENS + "model", "none"), "'none'", "gpt2"),
                refusal(m -> m.put(TOKENS + "model", "test"), "'test'"),
                refusal(m -> m.put(TOKENS + "pre", "martian"), "'martian'", "pre-tokenizer"),
                refusal(m -> m.put(TOKENS + "pre", "whitespace"), "'whitespace'"),
                refusal(m -> m.remove(TOKENS + "merges"), "merges' is missing"),
                refusal(m -> m.put(TOKENS + "merges", NumberArray.of(1)), "array of 1 i32"),
                refusal(m -> m.putStrings(TOKENS + "merges", List.of("a b", "ab")), "merge 1 is 'ab'"),
                refusal(m -> m.putStrings(TOKENS + "merges", List.of("")), "merge 0 is ''"),
                refusal(m -> m.putStrings(TOKENS + "merges", List.of("a ")), "merge 0 is 'a '"),
                refusal(m -> m.put(TOKENS + "model", "llama"), "no token for byte 0", "<0x00>"),
                refusal(m -> m.put(TOKENS + "model", "rwkv"), "no token for byte 0", "\\x00"),
                refusal(m -> m.put(TOKENS + "model", "plamo2"), "no token for byte 0"),
                refusal(m -> m.put("tokenizer.chat_template", 1f), "chat_template' holds f32"));
    }

    private static Stream<Arguments> tokens() {
        var texts = TINY.vocabulary().tokens();
        return Stream.of(
                refusal(m -> m.remove(TOKENS + "tokens"), "tokens' is missing"),
                refusal(m -> m.put(TOKENS + "tokens", "a"), "holds string"),
                refusal(m -> m.putStrings(TOKENS + "tokens", List.of()), "has 0 entries"),
                refusal(m -> m.putStrings(TOKENS + "tokens", with(texts, 9, texts.get(4))), "4 and 9 are both"),
                refusal(m -> m.putStrings(TOKENS + "tokens", with(texts, 9, texts.get(4) + "\0x")), "4 and 9"),
                refusal(m -> m.putStrings(TOKENS + "tokens", with(with(texts, 9, ""), 10, "[EMPTY_9]")), "10 and 9"),
                refusal(m -> m.putStrings(TOKENS + "tokens", texts.subList(0, 287)), "288 entries", "287, one for"),
                refusal(m -> m.put(TOKENS + "scores", NumberArray.of(1f)), "scores' has 1 entries", "288"),
                refusal(m -> m.put(TOKENS + "scores", scores(Float.NaN)), "score of token 5 is not a number"),
                refusal(m -> m.put(TOKENS + "token_type", types(7)), "type of token 5 is 7"),
                refusal(m -> m.put(TOKENS + "token_type", types(6)), "token 5", "marked as a byte"),
                refusal(m -> m.put(TOKENS + "token_type", scores(1)), "array of 288 f32", "array of i32"));
    }

    private static Stream<Arguments> specials() {
        return Stream.of(
                refusal(m -> m.putUnsigned(TOKENS + "eos_token_id", 288), "eos_token_id' is 288", "0 to 287"),
                refusal(m -> m.putUnsigned(TOKENS + "bos_token_id", 4294967295L), "is 4294967295"),
                refusal(m -> m.put(TOKENS + "eos_token_id", whole(ValueType.INT32, 1)), "holds i32"),
                refusal(m -> m.put(TOKENS + "add_bos_token", "yes"), "holds string", "a bool"),
                refusal(
                        m -> m.remove(TOKENS + "bos_token_id")
                                .put(TOKENS + "pre", "glm4")
                                .put(TOKENS + "add_bos_token", true),
                        "bos_token_id' is missing",
                        "before every text"),
                refusal(m -> m.put(TOKENS + "suppress_tokens", NumberArray.of(1f)), "suppress_tokens"));
    }

    private static MetadataValue whole(ValueType type, long value) {
        return new MetadataValue.Whole(type, value);
    }

    private static List<String> with(List<String> texts, int index, String text) {
        var changed = new ArrayList<>(texts);
        changed.set(index, text);
        return changed;
    }

    private static NumberArray scores(float fifth) {
        var scores = new float[288];
        scores[5] = fifth;
        return NumberArray.of(scores);
    }

    private static NumberArray types(int fifth) {
        return NumberArray.of(
                IntStream.range(0, 288).map(i -> i == 5 ? fifth : 1).toArray());
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void unsoundModelsAreRefusedInOneLine(UnaryOperator<Metadata.Builder> change, String... words) {
        Path path = directory.resolve("bad.gguf");
        TINY.writer(change.apply(TINY.metadata().toBuilder()).build()).write(path);
        var header = GgufFile.readHeader(path);
        assertThatThrownBy(() -> ModelCheck.requireModel(header))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContainingAll(words)
                .hasMessageContaining("; expected ")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"})
    void syntheticModelsOfEveryTypeAreAccepted(TensorType type) {
        Path path = directory.resolve("good.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny().withMatrixType(type), 1).write(path);
        var header = GgufFile.readHeader(path);
        assertThatCode(() -> ModelCheck.requireModel(header)).doesNotThrowAnyException();
        assertThatCode(() -> ModelCheck.requireVocabulary(header)).doesNotThrowAnyException();
    }

    @Test
    void aVocabularyAloneIsNoModel() {
        Path path = directory.resolve("vocabulary.gguf");
        new GgufWriter(TINY.metadata()).write(path);
        var header = GgufFile.readHeader(path);
        assertThatCode(() -> ModelCheck.requireVocabulary(header)).doesNotThrowAnyException();
        assertThatThrownBy(() -> ModelCheck.requireModel(header)).hasMessageContaining("there are no tensors");
    }

    @Test
    void tensorsOfTypesWithoutCodeAreRefused() {
        refuseTensor("blk.0.attn_norm.weight", TensorType.F16, List.of(64L), "f16", "f32 for a vector");
        refuseTensor("blk.0.attn_q.weight", TensorType.F64, List.of(64L, 64L), "type f64", "quantized");
        refuseTensor("blk.0.attn_q.weight", TensorType.I32, List.of(64L, 64L), "type i32");
        refuseTensor("token_embd.weight", TensorType.I8, List.of(64L, 288L), "type i8");
    }

    @Test
    void tensorsOfAnotherShapeAreRefused() {
        refuseTensor("blk.1.attn_k.weight", TensorType.F32, List.of(64L, 64L), "64x64", "64x32");
        refuseTensor("blk.1.attn_k.weight", TensorType.F32, List.of(64L, 32L, 2L), "64x32x2");
        refuseTensor("token_embd.weight", TensorType.F32, List.of(64L, 287L), "64x287", "64x288");
        refuseTensor("output_norm.weight", TensorType.F32, List.of(32L), "output_norm.weight' is 32");
    }

    private void refuseTensor(String name, TensorType type, List<Long> shape, String... words) {
        Path good = directory.resolve("good.gguf");
        TINY.write(good);
        Path bad = directory.resolve("bad.gguf");
        try (var file = GgufFile.open(good)) {
            var writer = new GgufWriter(file.header().metadata());
            for (var tensor : file.header().tensors()) {
                if (tensor.name().equals(name)) {
                    writer.addBytes(name, type, shape, (offset, bytes) -> bytes.position(bytes.limit()));
                } else {
                    writer.addCopy(file, tensor);
                }
            }
            writer.write(bad);
        }
        var header = GgufFile.readHeader(bad);
        assertThatThrownBy(() -> ModelCheck.requireModel(header))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(name)
                .hasMessageContainingAll(words);
    }

    @Test
    void missingAndUnknownTensorsAreRefused() {
        Path good = directory.resolve("good.gguf");
        TINY.write(good);
        Path bad = directory.resolve("bad.gguf");
        try (var file = GgufFile.open(good)) {
            var few = new GgufWriter(file.header().metadata());
            file.header().tensors().stream().skip(1).forEach(tensor -> few.addCopy(file, tensor));
            few.write(bad);
            var fewHeader = GgufFile.readHeader(bad);
            assertThatThrownBy(() -> ModelCheck.requireModel(fewHeader))
                    .hasMessageContaining("'token_embd.weight' is missing");
            var many = new GgufWriter(file.header().metadata());
            file.header().tensors().forEach(tensor -> many.addCopy(file, tensor));
            many.addFloats("blk.0.extra", TensorType.F32, List.of(1L), new float[1])
                    .write(bad);
        }
        var manyHeader = GgufFile.readHeader(bad);
        assertThatThrownBy(() -> ModelCheck.requireModel(manyHeader)).hasMessageContaining("'blk.0.extra' is not part");
    }

    @Test
    void sentencePieceVocabulariesNeedAllBytes() {
        var tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        IntStream.range(0, 256).forEach(i -> tokens.add(String.format("<0x%02X>", i)));
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 6);
        Arrays.fill(types, 0, 3, 3);
        var metadata = Metadata.builder()
                .put("general.architecture", "llama")
                .put(TOKENS + "model", "llama")
                .putStrings(TOKENS + "tokens", tokens)
                .put(TOKENS + "token_type", NumberArray.of(types));
        Path path = directory.resolve("vocabulary.gguf");
        new GgufWriter(metadata.build()).write(path);
        var good = GgufFile.readHeader(path);
        assertThatCode(() -> ModelCheck.requireVocabulary(good)).doesNotThrowAnyException();
        types[13] = 1;
        tokens.set(13, "ten");
        new GgufWriter(metadata.putStrings(TOKENS + "tokens", tokens)
                        .put(TOKENS + "token_type", NumberArray.of(types))
                        .build())
                .write(path);
        var bad = GgufFile.readHeader(path);
        assertThatThrownBy(() -> ModelCheck.requireVocabulary(bad)).hasMessageContaining("no token for byte 10");
    }
}
