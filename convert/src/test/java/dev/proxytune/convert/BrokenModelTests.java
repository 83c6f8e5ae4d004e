package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that are not what they should be get one clear line, and nothing is left behind. */
class BrokenModelTests {
    private static final String WEIGHTS = "model.safetensors";
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    private Path directory;

    @TempDir
    private Path results;

    @AfterEach
    void nothingIsLeftOfAFailure() {
        assertThat(results).isEmptyDirectory();
    }

    private Path folder(String name) {
        return Fixtures.copy(name, directory.resolve(name));
    }

    private void refuses(Path folder, String... words) {
        refuses(folder, ConvertSettings.defaults(), words);
    }

    private void refuses(Path folder, ConvertSettings settings, String... words) {
        assertThatThrownBy(() -> Converter.convert(folder, results.resolve("model.gguf"), settings))
                .isInstanceOf(InvalidModelException.class)
                .message()
                .startsWith(folder.toString())
                .contains(words)
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 200, 5000, -1})
    void refusesWeightsThatAreCutShort(int length) throws IOException {
        Path folder = folder("qwen3");
        int size = (int) Files.size(folder.resolve(WEIGHTS));
        Broken.cut(folder.resolve(WEIGHTS), length < 0 ? size + length : length);
        refuses(folder, WEIGHTS, "download the file again");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000_001, Integer.MAX_VALUE, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void refusesAHeaderOfAnAbsurdLength(long length) {
        Path folder = folder("smollm");
        Broken.bytes(folder.resolve(WEIGHTS), all -> {
            ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            return all;
        });
        refuses(folder, WEIGHTS, "header");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"data_offsets\":[0,', '\"data_offsets\":[2,'",
        "'\"data_offsets\":[0,', '\"data_offsets\":[-2,'",
        "'\"data_offsets\":[0,', '\"data_offsets\":[9223372036854775807,'",
        "'\"shape\":[303,32]', '\"shape\":[303,-32]'",
        "'\"shape\":[303,32]', '\"shape\":[4611686018427387904,4611686018427387904]'",
        "'\"shape\":[303,32]', '\"shape\":[304,32]'",
        "'\"dtype\":\"BF16\",\"shape\":[303,32]', '\"dtype\":\"F32\",\"shape\":[303,32]'",
        "'\"dtype\":\"BF16\",\"shape\":[303,32]', '\"dtype\":16,\"shape\":[303,32]'",
        "'\"dtype\":\"BF16\",\"shape\":[303,32]', '\"dtype\":\"BF16\",\"shape\":303'",
        "'\"dtype\":\"BF16\",\"shape\":[303,32]', '\"dtype\":\"BF17\",\"shape\":[303,32]'",
        "'\"dtype\":\"BF16\",\"shape\":[303,32]', '\"dtype\":\"BF16\",\"shape\":[303.5,32]'",
        "'\"model.norm.weight\":', '\"model.embed_tokens.weight\":'"
    })
    void refusesAHeaderThatCannotBe(String old, String with) {
        Path folder = folder("smollm");
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace(old, with));
        refuses(folder, WEIGHTS);
    }

    @Test
    void refusesDataBehindTheLastTensor() {
        Path folder = folder("smollm");
        Broken.bytes(
                folder.resolve(WEIGHTS),
                all -> ByteBuffer.allocate(all.length + 4).put(all).array());
        refuses(folder, WEIGHTS, "bytes instead of");
    }

    @Test
    void refusesTensorsThatOverlap() {
        Path folder = folder("smollm");
        // The last norm is moved onto the one before it.
        Broken.header(folder.resolve(WEIGHTS), text -> {
            int size = 64;
            int last = text.lastIndexOf("data_offsets\":[") + 15;
            long first = Long.parseLong(text.substring(last, text.indexOf(',', last)));
            return text.replace("[" + first + "," + (first + size) + "]", "[" + (first - size) + "," + first + "]");
        });
        refuses(folder, WEIGHTS, "overlap");
    }

    @Test
    void refusesAMissingPart() throws IOException {
        Path folder = folder("llama3");
        Files.delete(folder.resolve("model-00002-of-00003.safetensors"));
        refuses(folder, "model-00002-of-00003.safetensors", "missing");
        Files.delete(folder.resolve(INDEX));
        refuses(folder, "model-00002-of-00003.safetensors", "missing");
    }

    @Test
    void takesPartsWithoutTheirIndex() throws IOException {
        Path folder = folder("llama3");
        Files.delete(folder.resolve(INDEX));
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults());
        assertThat(Fixtures.differences(
                        Fixtures.written(made),
                        Fixtures.expected(Fixtures.folder("llama3").resolve("expected.bf16.json"))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../other.safetensors",
                "/tmp/other.safetensors",
                "..\\\\other.safetensors",
                ".hidden.safetensors",
                "config.json",
                "C:other.safetensors"
            })
    void refusesAnIndexThatLeavesTheFolder(String name) {
        Path folder = folder("llama3");
        Broken.replace(folder.resolve(INDEX), "model-00001-of-00003.safetensors", name);
        refuses(folder, INDEX, "same folder");
    }

    @Test
    void refusesAnIndexThatDoesNotFitTheParts() {
        Path folder = folder("llama3");
        Broken.replace(folder.resolve(INDEX), "model.norm.weight", "model.other.weight");
        refuses(folder, "index");
        Path other = Fixtures.copy("llama3", directory.resolve("other"));
        Broken.text(other.resolve(INDEX), _ -> "{\"weight_map\": 3}");
        refuses(other, "weight_map");
    }

    @Test
    void refusesATensorThatIsThereTwice() throws IOException {
        Path folder = folder("llama3");
        Files.delete(folder.resolve(INDEX));
        Files.copy(
                folder.resolve("model-00001-of-00003.safetensors"),
                folder.resolve("model-00002-of-00003.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        refuses(folder, "is also in");
    }

    @Test
    void followsSymbolicLinksAsInTheCacheOfHuggingFace() throws IOException {
        Path blobs = folder("smollm");
        Path snapshot = directory.resolve("models--owner--tiny-model/snapshots/0123abcd");
        Files.createDirectories(snapshot);
        try (var files = Files.list(blobs)) {
            for (Path file : files.toList()) {
                Files.createSymbolicLink(snapshot.resolve(file.getFileName()), file);
            }
        }
        assertThat(Converter.fileName(snapshot, ConvertSettings.defaults())).isEqualTo("tiny-model-BF16.gguf");
        Path made = directory.resolve("made.gguf");
        Converter.convert(snapshot, made, ConvertSettings.defaults());
        assertThat(GgufFile.readHeader(made).metadata().string("general.name")).contains("Tiny Model");
    }

    @Test
    void refusesMissingAndUnexpectedTensors() {
        Path folder = folder("qwen3");
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("mlp.up_proj", "mlp.across_proj"));
        refuses(folder, "model.layers.0.mlp.across_proj.weight", "qwen3");
        Path other = Fixtures.copy("qwen3", directory.resolve("other"));
        Broken.replace(other.resolve(CONFIG), "\"num_hidden_layers\": 1", "\"num_hidden_layers\": 2");
        refuses(other, "model.layers.1.");
        Path untied = Fixtures.copy("smollm", directory.resolve("untied"));
        Broken.replace(untied.resolve(CONFIG), "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
        refuses(untied, "lm_head.weight");
    }

    @ParameterizedTest
    @CsvSource({"smollm, 513", "smollm, 2000000000", "gemma3, 2000000000"})
    void refusesMoreLayersThanThereCanBe(String name, int layers) {
        Path folder = folder(name);
        Broken.text(
                folder.resolve(CONFIG),
                text -> text.replaceFirst("\"num_hidden_layers\": [0-9]+", "\"num_hidden_layers\": " + layers));
        refuses(folder, CONFIG, "num_hidden_layers", String.valueOf(layers));
    }

    @Test
    void takesNullForAbsentInWhatStretchesPositions() {
        Path folder = folder("qwen2");
        Broken.text(
                folder.resolve(CONFIG),
                text -> text.replaceFirst(
                        "\"original_max_position_embeddings\": [0-9]+", "\"original_max_position_embeddings\": null"));
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults());
        var metadata = GgufFile.readHeader(made).metadata();
        assertThat(metadata.integer("qwen2.rope.scaling.original_context_length"))
                .isEqualTo(metadata.integer("qwen2.context_length"));
    }

    @Test
    void refusesMergesOfTokensThatThereAreNot() {
        Path folder = folder("smollm");
        Broken.text(
                folder.resolve(TOKENIZER),
                text -> text.replaceFirst("\"merges\": \\[", "\"merges\": [[\"qqq\", \"zzz\"], "));
        refuses(folder, TOKENIZER, "'qqq'", "merges");
    }

    @Test
    @Timeout(20)
    @DisabledOnOs(OS.WINDOWS)
    void refusesWeightsThatAreAPipe() throws Exception {
        Path folder = folder("smollm");
        Files.delete(folder.resolve(WEIGHTS));
        assertThat(new ProcessBuilder("mkfifo", folder.resolve(WEIGHTS).toString())
                        .start()
                        .waitFor())
                .isZero();
        refuses(folder, WEIGHTS, "no regular file");
    }

    @ParameterizedTest
    @CsvSource({
        "hidden_size, 32, 64",
        "intermediate_size, 32, 48",
        "num_attention_heads, 4, 8",
        "num_key_value_heads, 2, 1",
        "head_dim, 8, 16",
        "vocab_size, 303, 304",
        "vocab_size, 303, 302"
    })
    void refusesShapesThatDoNotFitTheConfiguration(String name, int old, int with) {
        Path folder = folder("smollm");
        Broken.replace(folder.resolve(CONFIG), "\"" + name + "\": " + old, "\"" + name + "\": " + with);
        refuses(folder, "shape", "config");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"hidden_size\": 32', '\"hidden_size\": \"32\"', hidden_size",
        "'\"hidden_size\": 32', '\"hidden_size\": 32.5', hidden_size",
        "'\"hidden_size\": 32', '\"hidden_size\": -32', hidden_size",
        "'\"hidden_size\": 32', '\"hidden_size\": 1e400', hidden_size",
        "'\"hidden_size\": 32', '\"hidden_size\": 99999999999', hidden_size",
        "'\"hidden_size\": 32', '\"other_size\": 32', hidden_size",
        "'\"num_key_value_heads\": 2', '\"num_key_value_heads\": 3', heads",
        "'\"rms_norm_eps\": 1e-06', '\"rms_norm_eps\": []', rms_norm_eps",
        "'\"rms_norm_eps\": 1e-06', '\"rms_norm_eps\": NaN', rms_norm_eps",
        "'\"hidden_act\": \"silu\"', '\"hidden_act\": \"gelu\"', silu",
        "'\"rope_type\": \"default\"', '\"rope_type\": \"longrope\"', longrope",
        "'\"LlamaForCausalLM\"', '\"MixtralForCausalLM\"', MixtralForCausalLM",
        "'\"LlamaForCausalLM\"', '', architectures",
        "'\"LlamaForCausalLM\"', '7', architectures",
        "'\"model_type\"', '\"quantization_config\": {\"quant_method\": \"gptq\"}, \"model_type\"', quantized",
        "'{', '[', JSON",
        "'\"use_cache\"', '\"vocab_size\"', JSON"
    })
    void refusesAConfigurationThatCannotBe(String old, String with, String word) {
        Path folder = folder("smollm");
        Broken.text(folder.resolve(CONFIG), text -> text.replace(old, with));
        refuses(folder, CONFIG, word);
    }

    @Test
    void refusesWindowsThatLlamaCppHasNoWordFor() {
        Path folder = folder("gemma3");
        Broken.text(
                folder.resolve(CONFIG),
                text -> text.replace("\"sliding_attention\",\n", "")
                        .replace("\"full_attention\"\n", "\"full_attention\", \"sliding_attention\"\n"));
        refuses(folder, "layer_types");
        Path scaled = Fixtures.copy("gemma3", directory.resolve("scaled"));
        Broken.replace(scaled.resolve(CONFIG), "\"query_pre_attn_scalar\": 8", "\"query_pre_attn_scalar\": 9");
        refuses(scaled, "query_pre_attn_scalar");
    }

    @Test
    void refusesWeightsThatAreNotNumbers() {
        Path folder = folder("smollm");
        Broken.end(folder.resolve(WEIGHTS), (byte) 0xc0, (byte) 0x7f);
        refuses(folder, "NaN", "broken");
        Broken.end(folder.resolve(WEIGHTS), (byte) 0x80, (byte) 0xff);
        refuses(folder, "-Infinity", "broken");
    }

    @Test
    void refusesToRoundLargeWeightsToInfinity() {
        Path folder = folder("llama-spm");
        // The data of the embedding comes second last, before a vector that is never rounded.
        Broken.bytes(folder.resolve(WEIGHTS), all -> {
            var bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putFloat((int) bytes.getLong(0) + 8, 65520f);
            return all;
        });
        refuses(folder, ConvertSettings.defaults().withType(TensorType.F16), "65520", "BF16");
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults().withType(TensorType.BF16));
        assertThat(made).exists();
    }

    @Test
    void refusesTypesOfOtherKinds() {
        Path folder = folder("smollm");
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("BF16", "I16"));
        refuses(folder, "'I16'", "F32, F16 and BF16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.pt", "consolidated.00.pth"})
    void refusesPickleFiles(String name) throws IOException {
        Path folder = folder("smollm");
        Files.move(folder.resolve(WEIGHTS), folder.resolve(name));
        refuses(folder, name, "pickle", "safetensors");
    }

    @Test
    void refusesAFolderWithoutWeightsOrTokenizer() throws IOException {
        Path folder = folder("smollm");
        Files.delete(folder.resolve(TOKENIZER));
        refuses(folder, "tokenizer.json", "tokenizer.model");
        Files.delete(folder.resolve(WEIGHTS));
        refuses(folder, WEIGHTS);
        Files.delete(folder.resolve(CONFIG));
        refuses(folder, CONFIG);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"id\": 301', '\"id\": 303', embedding",
        "'\"id\": 301', '\"id\": -1', -1",
        "'\"id\": 301', '\"id\": 300', twice",
        "'\"type\": \"BPE\"', '\"type\": \"Unigram\"', Unigram",
        "'\"end_of_word_suffix\": null', '\"end_of_word_suffix\": \"</w>\"', end_of_word_suffix",
        "'\"type\": \"Digits\"', '\"type\": \"Punctuation\"', --pre",
        "'\"individual_digits\": true', '\"individual_digits\": false', --pre",
        "'\"add_prefix_space\": false', '\"add_prefix_space\": true', --pre",
        "'\"ignore_merges\": false', '\"ignore_merges\": true', --pre",
        "'\"content\": \"<|im_end|>\"', '\"content\": \"a\"', 'a'",
        "'\"merges\": [', '\"merges\": [3, ', merges",
        "'\"vocab\": {', '\"vocab\": {\"extra\": \"3\", ', extra"
    })
    void refusesATokenizerThatCannotBe(String old, String with, String word) {
        Path folder = folder("smollm");
        Broken.replace(folder.resolve(TOKENIZER), old, with);
        refuses(folder, word);
    }

    @Test
    void takesANameForRulesThatItDoesNotKnow() {
        Path folder = folder("smollm");
        Broken.replace(folder.resolve(TOKENIZER), "\"type\": \"Digits\"", "\"type\": \"Punctuation\"");
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults().withPreTokenizer("starcoder"));
        assertThat(GgufFile.readHeader(made).metadata().string("tokenizer.ggml.pre"))
                .contains("starcoder");
        refuses(folder, ConvertSettings.defaults().withPreTokenizer("no-such-name"), "no-such-name");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 4000})
    void refusesASentencePieceModelThatIsCutShort(int length) {
        Path folder = folder("llama-spm");
        Broken.cut(folder.resolve("tokenizer.model"), length);
        refuses(folder, "tokenizer");
    }

    @Test
    void refusesATokenizerOfAnotherModel() throws IOException {
        Path folder = folder("llama-spm");
        Files.copy(
                Fixtures.folder("gemma3").resolve("tokenizer.model"),
                folder.resolve("tokenizer.model"),
                StandardCopyOption.REPLACE_EXISTING);
        refuses(folder, "no row in the embedding of 310");
    }

    @Test
    void leavesAddedTokensOutThatTheEmbeddingHasNoRowFor() throws IOException {
        Path folder = folder("gemma3");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<image>\": 336}");
        var made = Converter.convert(folder, directory.resolve("made.gguf"), ConvertSettings.defaults());
        assertThat(made.notes()).singleElement().asString().contains("336", "<image>", "left out");
    }

    @Test
    void replacesAFileOnlyIfAllowed() throws IOException {
        Path file = Files.writeString(directory.resolve("model.gguf"), "mine");
        assertThatThrownBy(() -> Converter.convert(Fixtures.folder("smollm"), file, ConvertSettings.defaults()))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("is there already");
        assertThat(file).hasContent("mine");
        Path folder = folder("smollm");
        Broken.end(folder.resolve(WEIGHTS), (byte) 0xc0, (byte) 0x7f);
        assertThatThrownBy(() -> Converter.convert(
                        folder, file, ConvertSettings.defaults().withOverwrite(true)))
                .hasMessageContaining("NaN");
        assertThat(file).hasContent("mine");
    }

    @Test
    void sortsWhatAFolderOfGemmaHasForImagesOut() throws IOException {
        Path folder = folder("gemma3");
        Broken.text(
                folder.resolve(CONFIG),
                text -> "{\"architectures\": [\"Gemma3ForConditionalGeneration\"], \"text_config\": "
                        + text.replace("\"Gemma3ForCausalLM\"", "") + "}");
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("\"model.", "\"language_model.model."));
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults());
        Path usual = directory.resolve("usual.gguf");
        Converter.convert(Fixtures.folder("gemma3"), usual, ConvertSettings.defaults());
        assertThat(Map.copyOf(Fixtures.written(made))).isEqualTo(Map.copyOf(Fixtures.written(usual)));
    }
}
