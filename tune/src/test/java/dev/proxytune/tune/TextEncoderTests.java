package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEncoderTests {
    @TempDir
    private Path folder;

    private static TokenizerMetadata small() {
        return new BpeTrainer(BpeTrainer.SMALLEST).train();
    }

    private static TokenizerMetadata with(TokenizerMetadata tokenizer, String key, boolean value) {
        return TokenizerMetadata.of(
                tokenizer.metadata().toBuilder().put(key, value).build());
    }

    @Test
    void encodesALongTextInPartsAsInOne() {
        var random = new Random(3);
        var text = new StringBuilder();
        while (text.length() < 100_000) {
            text.append(SampleTexts.mixed(random, 30)).append("\n");
        }
        var trainer = new BpeTrainer(370);
        trainer.add(text.toString());
        try (var encoder = TextEncoder.open(trainer.train())) {
            int[] whole = encoder.vocabulary().tokenize(text.toString(), false, false);
            assertThat(encoder.encode(text.toString())).isEqualTo(whole);
        }
    }

    @Test
    void putsInFrontWhatTheModelWantsThere() {
        var wants = with(small(), "tokenizer.ggml.add_bos_token", true);
        try (var encoder = TextEncoder.open(wants)) {
            assertThat(encoder.encode("ab")).containsExactly(98, 99);
            assertThat(encoder.encodeStart("ab")).containsExactly(0, 98, 99);
            assertThat(encoder.encodeStart("")).containsExactly(0);
        }
    }

    @Test
    void putsNothingAfterATextEvenIfTheModelDoes() {
        var wants = with(with(small(), "tokenizer.ggml.add_bos_token", true), "tokenizer.ggml.add_eos_token", true);
        try (var encoder = TextEncoder.open(wants)) {
            assertThat(encoder.encodeStart("ab")).containsExactly(0, 98, 99);
        }
    }

    @Test
    void opensTheTokenizerOfAWholeModel() {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(file);
        var tokenizer = TokenizerMetadata.read(file);
        try (var direct = TextEncoder.open(file);
                var taken = TextEncoder.open(tokenizer)) {
            assertThat(tokenizer.size()).isEqualTo(direct.vocabulary().size());
            assertThat(taken.encode("the things in there")).isEqualTo(direct.encode("the things in there"));
            assertThat(taken.end()).isEqualTo(direct.end());
        }
    }

    @Test
    void takesTheTokenizerAndNothingElse() {
        var metadata = Metadata.builder()
                .put("general.architecture", "llama")
                .putAll(small().metadata().values())
                .put("tokenizer.chat_template", "{{ messages }}")
                .build();
        assertThat(TokenizerMetadata.of(metadata).metadata().values().keySet())
                .contains("tokenizer.chat_template", "tokenizer.ggml.merges")
                .doesNotContain("general.architecture");
    }

    @Test
    void refusesAFileWithoutATokenizer() {
        Path file = folder.resolve("bare.gguf");
        new GgufWriter(Metadata.builder().put("general.architecture", "llama").build()).write(file);
        assertThatThrownBy(() -> TokenizerMetadata.read(file))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage(
                        file + ": there is no tokenizer (key 'tokenizer.ggml.tokens'); take a file of a whole model");
    }
}
