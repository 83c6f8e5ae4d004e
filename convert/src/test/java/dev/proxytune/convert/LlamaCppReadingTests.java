package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import dev.proxytune.Steering;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.llama.ModelOptions.CacheType;
import dev.proxytune.llama.ModelOptions.FlashAttention;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** llama.cpp makes of a converted folder what transformers makes of the folder: the same tokens of texts, the same next token. */
class LlamaCppReadingTests {
    private static final ModelOptions EXACT = ModelOptions.DEFAULT
            .withThreads(1)
            .withCacheTypes(CacheType.F32, CacheType.F32)
            .withFlashAttention(FlashAttention.OFF);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "llama3", "smollm", "qwen2", "qwen3", "gemma3"})
    void tokenizesAndContinuesAsTransformersDoes(String name) {
        try (var model =
                LlamaModel.load(convert(name, ConvertSettings.defaults().withType(TensorType.F32)), EXACT)) {
            requireTokens(model, reference(name));
            requireNext(model, reference(name));
        }
    }

    @ParameterizedTest
    @CsvSource({"lora, llama-spm", "lora-rs, qwen2", "lora-vocabulary, qwen3"})
    void appliesAnAdapterAsPeftDoes(String name, String base) {
        Path adapter = convert(name, ConvertSettings.defaults().withBase(Fixtures.folder(base)));
        try (var model =
                LlamaModel.load(convert(base, ConvertSettings.defaults().withType(TensorType.F32)), EXACT)) {
            try (var tuned = model.withLora(adapter, 1)) {
                requireNext(tuned, reference(name));
            }
        }
    }

    @Test
    void tokenizesByASentencePieceVocabularyThatWasSavedWithoutItsModel() throws Exception {
        Path folder = Fixtures.copy("llama-spm", directory.resolve("folder"));
        Files.delete(folder.resolve("tokenizer.model"));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.deleteIfExists(folder.resolve(file));
            Files.copy(Fixtures.folder("llama-hf").resolve(file), folder.resolve(file));
        }
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults());
        try (var model = LlamaModel.loadVocabulary(made)) {
            requireTokens(model, reference("llama-hf"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "llama3", "smollm", "qwen2", "qwen3", "gemma3"})
    void tokenizesByATokenizerWithoutItsModel(String name) {
        Path made = directory.resolve("tokenizer.gguf");
        assertThat(Converter.convertTokenizer(Fixtures.folder(name), made).tensors())
                .isZero();
        try (var model = LlamaModel.loadVocabulary(made)) {
            requireTokens(model, reference(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "smollm", "qwen2", "qwen3"})
    void needsNoMoreThanTheTokenizersOwnFile(String name) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("alone"));
        Files.copy(Fixtures.folder(name).resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Path made = directory.resolve("tokenizer.gguf");
        Converter.convertTokenizer(folder, made);
        try (var model = LlamaModel.loadVocabulary(made)) {
            requireTokens(model, reference(name));
        }
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":{\"vocab\":{\"a\":2000000000}}}");
        assertThatThrownBy(() -> Converter.convertTokenizer(folder, made)).hasMessageContaining("2000000000");
        Files.delete(folder.resolve("tokenizer.json"));
        assertThatThrownBy(() -> Converter.convertTokenizer(folder, made)).hasMessageContaining("tokenizer.json");
    }

    private Path convert(String name, ConvertSettings settings) {
        Path file = directory.resolve(name + ".gguf");
        return Converter.convert(Fixtures.folder(name), file, settings).file();
    }

    private static JsonNode reference(String name) {
        return JsonMapper.shared().readTree(Fixtures.folder(name).resolve("reference.json"));
    }

    private static void requireTokens(LanguageModel model, JsonNode reference) {
        for (var text : reference.get("texts")) {
            assertThat(model.vocabulary().tokenize(text.get(0).stringValue(), false, false))
                    .as(text.get(0).stringValue())
                    .containsExactly(integers(text.get(1)));
        }
    }

    private static void requireNext(LanguageModel model, JsonNode reference) {
        List<Integer> found = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (var step : reference.get("next")) {
            try (var decoder = model.open(DecoderOptions.DEFAULT)) {
                decoder.decode(new Batch().start(0, Prompt.of(integers(step.get(0))), Steering.DEFAULT, true));
                found.add(likeliest(decoder.row(0)));
            }
            expected.add(step.get(1).intValue());
        }
        assertThat(found).isEqualTo(expected);
    }

    private static int likeliest(Row row) {
        int best = 0;
        for (int id = 1; id < row.size(); id++) {
            best = row.logit(id) > row.logit(best) ? id : best;
        }
        return best;
    }

    private static int[] integers(JsonNode array) {
        return array.values().stream().mapToInt(JsonNode::intValue).toArray();
    }
}
