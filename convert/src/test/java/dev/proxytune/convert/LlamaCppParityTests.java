package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written equals what llama.cpp's own converter writes, down to the bytes of the tensors. */
class LlamaCppParityTests {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "llama-spm, f32",
        "llama-spm, f16",
        "llama-spm, bf16",
        "llama-spm, q8_0",
        "llama3, bf16",
        "smollm, bf16",
        "qwen2, bf16",
        "qwen3, f16",
        "gemma3, bf16"
    })
    void convertsAModelAsLlamaCppDoes(String name, String type) {
        // The tiny tokenizers have the rules of real ones, so their names are found as for those.
        var settings = ConvertSettings.defaults().withType(TensorType.valueOf(type.toUpperCase(Locale.ROOT)));
        assertThat(Fixtures.differences(converted(name, settings), expected(name, type)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"llama3, bf16", "qwen3, f16", "gemma3, bf16"})
    void keepsTheTypeOfTheWeightsUnlessToldOtherwise(String name, String type) {
        assertThat(Fixtures.differences(converted(name, ConvertSettings.defaults()), expected(name, type)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"lora, llama-spm, f32", "lora, llama-spm, f16", "lora-vocabulary, qwen3, f32"})
    void convertsAnAdapterAsLlamaCppDoes(String name, String base, String type) {
        var settings = ConvertSettings.defaults()
                .withBase(Fixtures.folder(base))
                .withType(TensorType.valueOf(type.toUpperCase(Locale.ROOT)));
        assertThat(Fixtures.differences(converted(name, settings), expected(name, type)))
                .isEmpty();
    }

    @Test
    void takesAModelsGgufFileAsTheBaseOfAnAdapter() {
        Path base = directory.resolve("base.gguf");
        Converter.convert(Fixtures.folder("llama-spm"), base, ConvertSettings.defaults());
        assertThat(Fixtures.differences(
                        converted("lora", ConvertSettings.defaults().withBase(base)), expected("lora", "f32")))
                .isEmpty();
    }

    @Test
    void foldsScalesThatLlamaCppDoesNotKnowIntoTheAdapter() {
        var found = converted("lora-rs", ConvertSettings.defaults().withBase(Fixtures.folder("qwen2")));
        var reference = expected("lora-rs", "f32");
        assertThat(found.keySet()).isEqualTo(reference.keySet());
        // By the rank's root, 16 / 2 and 8 / 2 are what llama.cpp would have to divide by 4.
        assertThat(found).containsEntry("adapter.lora.alpha", "[\"FLOAT32\"] 16.0");
        assertThat(found.get("tensor blk.0.attn_q.weight.lora_a"))
                .isEqualTo(reference.get("tensor blk.0.attn_q.weight.lora_a"));
        assertThat(found.get("tensor blk.0.attn_q.weight.lora_b"))
                .isNotEqualTo(reference.get("tensor blk.0.attn_q.weight.lora_b"));
    }

    /** What llama.cpp's converter leaves out, so that llama.cpp would run the model with other windows. */
    private static final String PERIOD = "gemma3.attention.sliding_window_pattern";

    private SequencedMap<String, String> converted(String name, ConvertSettings settings) {
        Path file = directory.resolve(name + ".gguf");
        Converter.convert(Fixtures.folder(name), file, settings);
        var found = Fixtures.written(file);
        assertThat(found.remove(PERIOD)).isEqualTo(name.equals("gemma3") ? "[\"UINT32\"] 2" : null);
        return found;
    }

    private static SequencedMap<String, String> expected(String name, String type) {
        return Fixtures.expected(Fixtures.folder(name).resolve("expected." + type + ".json"));
    }
}
