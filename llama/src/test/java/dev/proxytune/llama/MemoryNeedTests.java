package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.llama.ModelOptions.CacheType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryNeedTests {
    private static final DecoderOptions SIZE = DecoderOptions.DEFAULT.withContextLength(1024);
    /** llama.cpp tells two digits after the point of a megabyte. */
    private static final int DIGIT = 5300;

    @TempDir
    private Path folder;

    private static MemoryNeed trained(ModelOptions options, DecoderOptions size) {
        return MemoryNeed.of(TestModels.trained("target.gguf"), options, size);
    }

    @Test
    void tellsWhatLlamaCppThenTakes() {
        Path file = TestModels.trained("target.gguf");
        MemoryNeed need = MemoryNeed.of(file, TestModels.OPTIONS, SIZE);
        List<String> said = new ArrayList<>();
        try (LlamaModel model = LlamaModel.load(file, TestModels.OPTIONS);
                LlamaDecoder decoder = LlamaLog.<LlamaDecoder>reading(said::add, () -> model.open(SIZE))) {
            assertThat(decoder.contextLength()).isEqualTo(1024);
            assertThat(need.weights()).isCloseTo(model.info().weightBytes(), within((long) DIGIT));
            long perToken = model.info().cacheBytesPerToken();
            assertThat(need.cache()).isCloseTo(1024 * perToken, within((long) DIGIT));
            String compute = String.format("compute buffer size = %8.2f MiB", need.compute() / (double) (1 << 20));
            assertThat(said).anyMatch(line -> line.contains(compute));
            assertThat(need.total()).isEqualTo(need.weights() + need.context());
        }
    }

    @Test
    void growsWithSequencesAndShrinksWithSmallerTypes() {
        MemoryNeed one = trained(TestModels.OPTIONS, SIZE);
        MemoryNeed four = trained(TestModels.OPTIONS, SIZE.withSequences(4));
        assertThat(four.cache()).isCloseTo(4 * one.cache(), within(4L * DIGIT));
        assertThat(four.weights()).isEqualTo(one.weights());
        MemoryNeed small = trained(TestModels.OPTIONS.withCacheTypes(CacheType.Q8_0, CacheType.Q4_0), SIZE);
        assertThat(small.cache()).isCloseTo(one.cache() * (34 + 18) / 128, within((long) DIGIT));
    }

    @Test
    void refusesWhatIsNoModel() throws IOException {
        Path file = Files.writeString(folder.resolve("text.gguf"), "no model");
        assertThatThrownBy(() -> MemoryNeed.of(file, TestModels.OPTIONS, SIZE))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("text.gguf");
    }

    @Test
    void leavesNothingBehind() {
        MemoryNeed first = trained(TestModels.OPTIONS, SIZE);
        try (LlamaModel model = LlamaModel.load(TestModels.trained("target.gguf"), TestModels.OPTIONS);
                LlamaDecoder decoder = model.open(SIZE)) {
            assertThat(trained(TestModels.OPTIONS, SIZE)).isEqualTo(first);
            assertThat(decoder.contextLength()).isEqualTo(1024);
        }
    }
}
