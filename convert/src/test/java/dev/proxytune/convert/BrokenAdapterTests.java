package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokenAdapterTests {
    private static final String WEIGHTS = "adapter_model.safetensors";

    @TempDir
    private Path directory;

    @TempDir
    private Path results;

    private Path folder;

    @BeforeEach
    void copyAdapter() {
        folder = Fixtures.copy("lora", directory.resolve("lora"));
    }

    @AfterEach
    void nothingIsLeftOfAFailure() {
        assertThat(results).isEmptyDirectory();
    }

    private void refuses(String base, String... words) {
        refuses(ConvertSettings.defaults().withBase(Fixtures.folder(base)), words);
    }

    private void refuses(ConvertSettings settings, String... words) {
        assertThatThrownBy(() -> Converter.convert(folder, results.resolve("adapter.gguf"), settings))
                .isInstanceOf(InvalidModelException.class)
                .message()
                .contains(words)
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"use_dora\": false', '\"use_dora\": true', use_dora",
        "'\"fan_in_fan_out\": false', '\"fan_in_fan_out\": true', fan_in_fan_out",
        "'\"bias\": \"none\"', '\"bias\": \"all\"', bias",
        "'\"modules_to_save\": null', '\"modules_to_save\": [\"lm_head\"]', modules_to_save",
        "'\"peft_type\": \"LORA\"', '\"peft_type\": \"IA3\"', IA3",
        "'\"init_lora_weights\": true', '\"init_lora_weights\": \"pissa_niter_4\"', pissa",
        "'\"r\": 4', '\"r\": 8', rank",
        "'\"r\": 4', '\"r\": \"4\"', '''r'''",
        "'\"lora_alpha\": 8', '\"lora_alpha\": 0', lora_alpha",
        "'\"rank_pattern\": {}', '\"rank_pattern\": {\"q_proj\": 8}', rank is 8",
        "'\"rank_pattern\": {}', '\"rank_pattern\": {\"(\": 8}', rank_pattern",
        "'{', '[', JSON"
    })
    void refusesAnAdapterThatLlamaCppCannotApply(String old, String with, String word) {
        Broken.text(folder.resolve("adapter_config.json"), text -> text.replace(old, with));
        refuses("llama-spm", "adapter_config.json", word);
    }

    @Test
    void refusesPatternsThatTakeForever() {
        String pattern = "(([a-z_.]+)+)+X";
        NamePattern slow = NamePattern.of(pattern, "adapter_config.json: 'rank_pattern'");
        assertThatThrownBy(() -> slow.matches("model.layers.0." + "x".repeat(40) + ".self_attn.q_proj"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll("rank_pattern", pattern, "takes too long");
    }

    @Test
    void matchesNamesAsPeftDoes() {
        assertThat(NamePattern.of("q_proj", "").matches("model.layers.0.self_attn.q_proj"))
                .isTrue();
        assertThat(NamePattern.of("q_proj", "").matches("model.layers.0.self_attn.xq_proj"))
                .isFalse();
        assertThat(NamePattern.of("layers\\.[0-3]\\..*", "").matches("model.layers.2.mlp.up_proj"))
                .isTrue();
        assertThat(NamePattern.of("layers\\.[0-3]\\..*", "").matches("model.layers.4.mlp.up_proj"))
                .isFalse();
    }

    @Test
    void refusesTensorsThatAreNotOfLora() {
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("q_proj.lora_A.weight", "q_proj.magnitude"));
        refuses("llama-spm", "q_proj.magnitude", "merge");
    }

    @Test
    void leavesOutTheMatricesOfTheBaseThatPeftSavesToo() {
        var settings = ConvertSettings.defaults().withBase(Fixtures.folder("llama-spm"));
        Path without = directory.resolve("without.gguf");
        Converter.convert(folder, without, settings);
        Broken.header(
                folder.resolve(WEIGHTS),
                text -> text.replace(
                        "{\"__metadata__\"",
                        "{\"base_model.model.lm_head.base_layer.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
                                + "\"data_offsets\":[6656,6672]},\"__metadata__\""));
        Broken.bytes(folder.resolve(WEIGHTS), all -> Arrays.copyOf(all, all.length + 16));
        Path with = directory.resolve("with.gguf");
        Converter.convert(folder, with, settings);
        assertThat(with).hasSameBinaryContentAs(without);
    }

    @Test
    void refusesHalfAChange() {
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("q_proj.lora_A.weight", "r_proj.lora_A.weight"));
        refuses("llama-spm", "is missing");
    }

    @Test
    void refusesTheWrongBase() {
        refuses("qwen3", "--base");
        Broken.header(folder.resolve(WEIGHTS), text -> text.replace("layers.0.", "layers.7."));
        refuses("llama-spm", "layers.7.", "1 layers");
    }

    @Test
    void refusesToGoWithoutABase() {
        refuses(ConvertSettings.defaults(), "'llama-spm'", "--base");
    }

    @Test
    void refusesABaseThatIsNoModel() throws IOException {
        Path file = Files.writeString(directory.resolve("base.gguf"), "nothing");
        refuses(ConvertSettings.defaults().withBase(file), "base.gguf");
        refuses(ConvertSettings.defaults().withBase(directory.resolve("none")), "none");
    }

    @Test
    void refusesChangesOfAnEmbeddingThatIsTheOutputToo() {
        Broken.header(
                folder.resolve(WEIGHTS), text -> text.replace("model.layers.0.mlp.up_proj.lora_", "lm_head.lora_"));
        refuses("llama-spm", "one matrix");
    }

    @Test
    void refusesPickleFiles() throws IOException {
        Files.move(folder.resolve(WEIGHTS), folder.resolve("adapter_model.bin"));
        refuses("llama-spm", "pickle");
    }

    @Test
    void takesTheNameOfTheFolderAndABaseThatTheAdapterNames() {
        Broken.replace(
                folder.resolve("adapter_config.json"), "\"llama-spm\"", "\"" + Fixtures.folder("llama-spm") + "\"");
        assertThat(Converter.fileName(folder, ConvertSettings.defaults())).isEqualTo("lora-F32-LoRA.gguf");
        Path made = directory.resolve("made.gguf");
        Converter.convert(folder, made, ConvertSettings.defaults());
        assertThat(GgufFile.readHeader(made).isAdapter()).isTrue();
    }
}
