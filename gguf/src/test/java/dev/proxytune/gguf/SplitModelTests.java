package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitModelTests {
    private static final int TENSORS = 20;

    @TempDir
    Path directory;

    private Path whole;
    private List<Path> parts;

    @BeforeEach
    void split() {
        whole = directory.resolve("whole.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(whole);
        parts = ModelSplitter.split(whole, directory.resolve("tiny"), 1, 12, TENSORS - 13);
    }

    @Test
    void partsAreReadAsTheModelThatTheyWere() throws IOException {
        assertThat(parts)
                .extracting(Path::getFileName)
                .map(Path::toString)
                .containsExactly("tiny-00001-of-00003.gguf", "tiny-00002-of-00003.gguf", "tiny-00003-of-00003.gguf");
        assertThat(GgufFile.parts(parts.getFirst())).isEqualTo(parts);
        try (var one = GgufFile.open(whole);
                var three = GgufFile.open(parts.getFirst())) {
            assertThat(three.header().files()).isEqualTo(3);
            assertThat(three.header().metadata().values())
                    .isEqualTo(one.header().metadata().values());
            long size = 0;
            for (Path part : parts) {
                size += Files.size(part);
            }
            assertThat(three.header().size()).isEqualTo(size);
            ModelCheck.requireModel(three.header());
            ModelCheck.requireVocabulary(three.header());
            assertThat(three.header().tensors())
                    .extracting(TensorInfo::name)
                    .containsExactlyElementsOf(one.header().tensors().stream()
                            .map(TensorInfo::name)
                            .toList());
            for (TensorInfo tensor : one.header().tensors()) {
                assertThat(bytes(three, three.header().tensor(tensor.name()).orElseThrow()))
                        .as(tensor.name())
                        .isEqualTo(bytes(one, tensor));
            }
        }
    }

    private static byte[] bytes(GgufFile file, TensorInfo tensor) {
        var bytes = ByteBuffer.allocate((int) tensor.byteSize());
        file.read(tensor, 0, bytes);
        return bytes.array();
    }

    @Test
    void theFirstPartMayHoldNoTensors() {
        List<Path> others = ModelSplitter.split(whole, directory.resolve("bare"), 0, TENSORS);
        ModelCheck.requireModel(GgufFile.readHeader(others.getFirst()));
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        Files.delete(parts.get(1));
        refused(parts.get(1) + ": there is no such file; expected part 2 of 3 of the model in " + parts.getFirst());
    }

    @Test
    void aDamagedPartIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(parts.get(2));
        Files.write(parts.get(2), Arrays.copyOf(bytes, bytes.length / 2));
        refused(parts.get(2) + ": ");
    }

    @Test
    void anotherPartIsNotTheModel() {
        assertThatThrownBy(() -> GgufFile.open(parts.get(1)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll("this is part 2 of 3 of a split model", "give tiny-00001-of-00003.gguf");
    }

    @Test
    void aPartUnderAnotherNameIsRefused() throws IOException {
        Path other = directory.resolve("renamed.gguf");
        Files.copy(parts.getFirst(), other);
        assertThatThrownBy(() -> GgufFile.open(other))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("a name that ends in -00001-of-00003.gguf");
    }

    @Test
    void aPartAloneIsNoModel() {
        try (var file = GgufFile.open(PathSource.open(parts.getFirst()))) {
            assertThatThrownBy(() -> ModelCheck.requireModel(file.header())).hasMessageContaining("one of the 3 parts");
            assertThatThrownBy(() -> ModelCheck.requireVocabulary(file.header()))
                    .hasMessageContaining("one of the 3 parts");
        }
    }

    @Test
    void partsInTheWrongOrderAreRefused() throws IOException {
        Path aside = directory.resolve("aside");
        Files.move(parts.get(1), aside);
        Files.move(parts.get(2), parts.get(1));
        Files.move(aside, parts.get(2));
        refused("it says to be part 3 of 3");
    }

    @Test
    void partsOfAnotherModelAreRefused() throws IOException {
        List<Path> others = ModelSplitter.split(whole, directory.resolve("other"), 1, 11, TENSORS - 12);
        Files.copy(others.get(1), parts.get(1), StandardCopyOption.REPLACE_EXISTING);
        refused("parts have 19 tensors; expected 20 by key 'split.tensors.count'");
        Files.copy(others.get(2), parts.get(2), StandardCopyOption.REPLACE_EXISTING);
        assertThatCode(() -> GgufFile.readHeader(parts.getFirst())).doesNotThrowAnyException();
        ModelSplitter.split(whole, directory.resolve("tiny"), 1, 12, TENSORS - 13);
        Files.copy(others.get(2), parts.get(2), StandardCopyOption.REPLACE_EXISTING);
        refused("is in a part before it too");
    }

    @Test
    void partsOfAnotherArchitectureAreRefused() {
        change(1, metadata -> metadata.put("general.architecture", "qwen2"));
        refused("key 'general.architecture' differs");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void numbersOfAnotherTypeAreRefused(int part) {
        // llama.cpp would end the process on this one.
        change(part, metadata -> metadata.putUnsigned("split.no", part));
        refused(parts.get(part) + ": key 'split.no' holds u32; expected a u16");
        change(part, metadata -> metadata.remove("split.no"));
        refused(parts.get(part) + ": key 'split.no' is missing");
    }

    @Test
    void countsThatDifferAreRefused() {
        change(1, metadata -> metadata.put("split.count", new MetadataValue.Whole(ValueType.UINT16, 4)));
        refused("it says to be part 2 of 4");
        split();
        change(2, metadata -> metadata.put("split.tensors.count", new MetadataValue.Whole(ValueType.INT32, 21)));
        refused("'split.tensors.count' differs");
        split();
        change(0, metadata -> metadata.put("split.count", "x"));
        refused("key 'split.count' holds string");
        split();
        change(0, metadata -> metadata.remove("split.tensors.count"));
        refused("key 'split.tensors.count' is missing");
    }

    private void change(int index, UnaryOperator<Metadata.Builder> change) {
        Path copy = directory.resolve("copy.gguf");
        try (var file = GgufFile.open(PathSource.open(parts.get(index)))) {
            var writer = new GgufWriter(
                    change.apply(file.header().metadata().toBuilder()).build());
            file.header().tensors().forEach(tensor -> writer.addCopy(file, tensor));
            writer.write(copy);
            Files.move(copy, parts.get(index), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void refused(String words) {
        assertThatThrownBy(() -> GgufFile.readHeader(parts.getFirst()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(words)
                .hasMessageContaining("; expected ")
                .hasMessageNotContaining("\n");
    }
}
