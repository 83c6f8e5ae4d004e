package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticModelTests {
    private static final SyntheticModel TINY = SyntheticModel.of(SyntheticModel.Shape.tiny(), 1);

    @TempDir
    Path directory;

    private Path write(SyntheticModel model, String name) {
        Path path = directory.resolve(name + ".gguf");
        model.write(path);
        ModelCheck.requireModel(GgufFile.readHeader(path));
        return path;
    }

    private float[] read(Path path, String name) {
        try (var file = GgufFile.open(path)) {
            var tensor = file.header().tensor(name).orElseThrow();
            var values = new float[(int) tensor.elements()];
            file.readRows(tensor, 0, values);
            return values;
        }
    }

    @Test
    void theSeedAloneDecidesTheWeights() throws IOException {
        var first = write(TINY, "a");
        assertThat(Files.mismatch(first, write(TINY, "b"))).isEqualTo(-1);
        assertThat(read(first, "blk.0.attn_q.weight"))
                .isNotEqualTo(read(write(TINY.withSeed(2), "c"), "blk.0.attn_q.weight"))
                .isNotEqualTo(read(first, "blk.1.attn_q.weight"));
    }

    @Test
    void aPerturbationIsAsLargeAsAskedFor() {
        float[] plain = read(write(TINY, "a"), "blk.1.ffn_up.weight");
        float[] noisy = read(write(TINY.withPerturbation(5, 0.1f), "b"), "blk.1.ffn_up.weight");
        double size = 0;
        double difference = 0;
        for (int i = 0; i < plain.length; i++) {
            size += plain[i] * plain[i];
            difference += (noisy[i] - plain[i]) * (noisy[i] - plain[i]);
        }
        assertThat(Math.sqrt(difference / size)).isCloseTo(0.1, within(0.01));
        // Values of unit size stay so, whatever the width.
        assertThat(size / plain.length * 64).isCloseTo(1, within(0.05));
    }

    @Test
    void moreTokensLeaveTheFirstRowsAlone() {
        float[] few = read(write(TINY, "a"), "token_embd.weight");
        float[] many = read(write(TINY.withVocabulary(TINY.vocabulary().withFillers(12)), "b"), "token_embd.weight");
        assertThat(many).hasSize(few.length + 12 * 64).startsWith(few);
    }

    @Test
    void vocabulariesCanBeChanged() {
        var vocabulary = TINY.vocabulary().withToken(280, "Ġother").withEnd(7);
        var path = write(TINY.withVocabulary(vocabulary), "a");
        var metadata = GgufFile.readHeader(path).metadata();
        assertThat(metadata.strings("tokenizer.ggml.tokens").orElseThrow().get(280))
                .isEqualTo("Ġother");
        assertThat(metadata.integer("tokenizer.ggml.eos_token_id")).hasValue(7);
        assertThat(metadata.numbers("tokenizer.ggml.token_type").orElseThrow().longAt(7))
                .isEqualTo(3);
    }

    @Test
    void explicitTokensAndMergesAreTaken() {
        var vocabulary = new SyntheticVocabulary(List.of("<s>", "a", "b", "ab"), List.of("a b"), Set.of(0), 0, 0);
        var metadata =
                GgufFile.readHeader(write(TINY.withVocabulary(vocabulary), "a")).metadata();
        assertThat(metadata.strings("tokenizer.ggml.tokens").orElseThrow()).containsExactly("<s>", "a", "b", "ab");
        assertThat(metadata.strings("tokenizer.ggml.merges").orElseThrow()).containsExactly("a b");
    }

    @Test
    void theByteAlphabetIsThatOfGpt2() {
        var tokens = SyntheticVocabulary.ofSize(258).tokens();
        assertThat(tokens).doesNotHaveDuplicates().hasSize(258);
        assertThat(tokens.get(2)).isEqualTo("Ā");
        assertThat(tokens.get(2 + ' ')).isEqualTo("Ġ");
        assertThat(tokens.get(2 + '\n')).isEqualTo("Ċ");
        assertThat(tokens.get(2 + 'a')).isEqualTo("a");
        assertThat(tokens.get(2 + 0xad)).isEqualTo("Ń");
        assertThat(tokens.get(2 + 0xff)).isEqualTo("ÿ");
    }

    @Test
    void untiedModelsHaveAnOutputOfTheirOwn() {
        var shape = new SyntheticModel.Shape(64, 1, 2, 1, 64, 258, 32, false, TensorType.Q8_0);
        var header = GgufFile.readHeader(write(SyntheticModel.of(shape, 1), "a"));
        assertThat(header.tensor("output.weight")).isPresent();
    }

    @Test
    void shapesThatMakeNoModelAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SyntheticModel.Shape(64, 1, 3, 1, 64, 288, 32, true, TensorType.F32));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SyntheticModel.Shape(48, 1, 2, 1, 64, 288, 32, true, TensorType.Q4_0))
                .withMessageContaining("multiple of 32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SyntheticModel.Shape(64, 1, 2, 1, 64, 288, 32, true, TensorType.Q6_K));
        assertThatIllegalArgumentException().isThrownBy(() -> SyntheticVocabulary.ofSize(257));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TINY.vocabulary().withToken(3, "!").withToken(4, "!"))
                .withMessageContaining("distinct");
    }
}
