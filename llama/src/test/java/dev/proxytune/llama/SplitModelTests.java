package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.Prompt;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.ModelSplitter;
import dev.proxytune.llama.ModelOptions.LoadMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SplitModelTests {
    private static final int TENSORS = 20;
    private static final int ANSWER = 24;
    /** About as many bytes as the header of a part takes. */
    private static final int HEADER = 600;

    @TempDir
    Path folder;

    private List<Path> split(int... tensors) {
        return ModelSplitter.split(TestModels.synthetic(folder, 1), folder.resolve("tiny"), tensors);
    }

    private static int[] answer(Path file, LoadMode mode) {
        Prompt prompt = TestModels.prompt(2, 11);
        try (var model = LlamaModel.load(file, TestModels.OPTIONS.withLoadMode(mode));
                var decoder = model.open(new DecoderOptions(1, 64, 1))) {
            return Greedy.run(decoder, 0, prompt, ANSWER);
        }
    }

    @ParameterizedTest
    @CsvSource({"MAP, 7", "MAP, 0", "MAP, 13", "READ, 7", "READ, 0", "READ, 13"})
    void partsAnswerAsTheModelThatTheyWere(LoadMode mode, int first) {
        List<Path> parts = split(first, 7, TENSORS - 7 - first);
        assertThat(answer(parts.getFirst(), mode)).isEqualTo(answer(TestModels.synthetic(folder, 1), mode));
    }

    @Test
    void partsMayBeLinksToFilesOfAnyName() throws IOException {
        Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
        List<Path> links = new ArrayList<>();
        for (Path part : split(7, 7, TENSORS - 14)) {
            Path blob = Files.move(part, folder.resolve("blob" + links.size()));
            links.add(Files.createSymbolicLink(snapshot.resolve(part.getFileName()), blob));
        }
        assertThat(answer(links.getFirst(), LoadMode.MAP))
                .isEqualTo(answer(TestModels.synthetic(folder, 1), LoadMode.MAP));
        try (var vocabulary = LlamaModel.loadVocabulary(links.getFirst())) {
            assertThat(vocabulary.vocabulary().size()).isEqualTo(288);
        }
        Path quantized = folder.resolve("quantized.gguf");
        Quantizer.quantize(links.getFirst(), quantized, new QuantizeOptions(FileType.Q8_0, 1, false, false));
        assertThat(GgufFile.readHeader(quantized).tensors()).hasSize(TENSORS);
    }

    @Test
    void aPartThatChangedIsLoadedAnew() {
        List<Path> parts = split(7, 7, TENSORS - 14);
        try (var first = LlamaModel.load(parts.getFirst(), TestModels.OPTIONS)) {
            float[] before = TestModels.logits(first);
            Path other = TestModels.synthetic(folder, 2);
            ModelSplitter.split(other, folder.resolve("tiny"), 7, 7, TENSORS - 14);
            assertThat(TestModels.logits(parts.getFirst())).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LoadMode.class,
            names = {"MAP", "READ"})
    void damagedPartsAreRefusedAndNotLoaded(LoadMode mode) throws IOException {
        List<Path> parts = split(7, 7, TENSORS - 14);
        byte[] good = Files.readAllBytes(parts.get(1));
        for (int length = 0; length < good.length; length += 4999) {
            Files.write(parts.get(1), Arrays.copyOf(good, length));
            assertThatThrownBy(() -> answer(parts.getFirst(), mode))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining(parts.get(1).getFileName().toString());
        }
        for (int at = 0; at < HEADER; at += 3) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(parts.get(1), bad, StandardOpenOption.TRUNCATE_EXISTING);
            try {
                answer(parts.getFirst(), mode);
            } catch (InvalidModelException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        }
    }
}
