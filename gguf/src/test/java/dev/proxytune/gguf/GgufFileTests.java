package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTests {
    private static final Metadata METADATA = Metadata.builder()
            .put("general.architecture", "llama")
            .put("text", "zwölf €")
            .putUnsigned("unsigned", 4_294_967_295L)
            .put("signed", new MetadataValue.Whole(ValueType.INT8, -128))
            .put("wide", new MetadataValue.Whole(ValueType.UINT64, -1))
            .put("short", new MetadataValue.Whole(ValueType.UINT16, 65_535))
            .put("float", 0.1f)
            .put("double", new MetadataValue.Real(ValueType.FLOAT64, 0.1))
            .put("yes", true)
            .put("no", false)
            .putStrings("strings", List.of("a", "", "日本"))
            .put("ints", NumberArray.of(1, -2, 3))
            .put("floats", NumberArray.of(1.5f, Float.NaN))
            .put("bytes", NumberArray.of((byte) -1, (byte) 2))
            .build();

    @TempDir
    Path directory;

    @Test
    void whatIsWrittenIsReadBack() {
        Path path = directory.resolve("model.gguf");
        float[] values = {1, 2, 3, 4, 5, 6};
        new GgufWriter(METADATA)
                .addFloats("one", TensorType.F32, List.of(3L, 2L), values)
                .addFloats("two", TensorType.F16, List.of(6L), values)
                .write(path);
        try (var file = GgufFile.open(path)) {
            var header = file.header();
            assertThat(header.version()).isEqualTo(3);
            assertThat(header.metadata().values()).containsExactlyEntriesOf(METADATA.values());
            assertThat(header.tensors())
                    .containsExactly(
                            new TensorInfo("one", TensorType.F32, List.of(3L, 2L), 0),
                            new TensorInfo("two", TensorType.F16, List.of(6L), 32));
            assertThat(header.dataOffset() % 32).isZero();
            assertThat(header.size()).isEqualTo(header.dataOffset() + 64);
            float[] row = new float[3];
            file.readRows(header.tensors().getFirst(), 1, row);
            assertThat(row).containsExactly(4, 5, 6);
            float[] all = new float[6];
            file.readRows(header.tensor("two").orElseThrow(), 0, all);
            assertThat(all).containsExactly(values);
        }
    }

    @Test
    void typedAccessorsReturnValuesOrNothing() {
        Path path = directory.resolve("model.gguf");
        new GgufWriter(METADATA).write(path);
        var metadata = GgufFile.readHeader(path).metadata();
        assertThat(metadata.string("text")).contains("zwölf €");
        assertThat(metadata.integer("unsigned")).hasValue(4_294_967_295L);
        assertThat(metadata.integer("signed")).hasValue(-128);
        assertThat(metadata.real("float")).hasValue(0.1f);
        assertThat(metadata.flag("no")).contains(false);
        assertThat(metadata.strings("strings").orElseThrow()).containsExactly("a", "", "日本");
        assertThat(metadata.numbers("ints").orElseThrow().longAt(1)).isEqualTo(-2);
        assertThat(metadata.string("absent")).isEmpty();
        assertThat(metadata.integer("absent")).isEmpty();
    }

    @Test
    void typedAccessorsRefuseAnotherType() {
        Path path = directory.resolve("model.gguf");
        new GgufWriter(METADATA).write(path);
        var metadata = GgufFile.readHeader(path).metadata();
        assertThatThrownBy(() -> metadata.integer("text"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll("model.gguf", "'text'", "string", "whole number");
        assertThatThrownBy(() -> metadata.integer("wide")).hasMessageContaining("18446744073709551615");
        assertThatThrownBy(() -> metadata.strings("ints")).hasMessageContaining("array of 3 i32");
    }

    @Test
    void aCopyOfAFileEqualsIt() throws IOException {
        Path path = directory.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(path);
        Path copy = directory.resolve("copy.gguf");
        try (var file = GgufFile.open(path)) {
            var writer = new GgufWriter(file.header().metadata());
            file.header().tensors().forEach(tensor -> writer.addCopy(file, tensor));
            writer.write(copy);
        }
        assertThat(copy).hasSameBinaryContentAs(path);
    }

    @Test
    void bigTensorsAreEncodedRowByRow() {
        Path path = directory.resolve("model.gguf");
        long columns = 96;
        long rows = 30_000;
        new GgufWriter(METADATA)
                .addRows("big", TensorType.F32, List.of(columns, rows), (first, values) -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) (first * columns + i);
                    }
                })
                .write(path);
        try (var file = GgufFile.open(path)) {
            var tensor = file.header().tensors().getFirst();
            float[] row = new float[96];
            for (long at : new long[] {0, 681, 682, 683, 21_823, 21_824, 29_999}) {
                file.readRows(tensor, at, row);
                assertThat(row[0]).isEqualTo((float) (at * columns));
                assertThat(row[95]).isEqualTo((float) (at * columns + 95));
            }
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoOther() throws IOException {
        Path path = Files.writeString(directory.resolve("model.gguf"), "old");
        var writer = new GgufWriter(METADATA).addRows("x", TensorType.F32, List.of(4L), (first, values) -> {
            throw new IllegalStateException("no data");
        });
        assertThatThrownBy(() -> writer.write(path)).hasMessageContaining("no data");
        assertThat(path).hasContent("old");
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void anUnwritablePlaceIsReported() {
        assertThatThrownBy(() -> new GgufWriter(METADATA).write(directory.resolve("absent/model.gguf")))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("absent", "cannot be written");
    }

    @Test
    void theWriterRefusesWhatNoReaderWouldTake() {
        var writer = new GgufWriter(METADATA).addFloats("x", TensorType.F32, List.of(1L), new float[1]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addFloats("x", TensorType.F32, List.of(1L), new float[1]))
                .withMessageContaining("already there");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addFloats("y", TensorType.F32, List.of(2L), new float[1]))
                .withMessageContaining("2 elements, got 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addFloats("y", TensorType.Q4_0, List.of(16L, 2L), new float[32]))
                .withMessageContaining("multiple of 32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addFloats("y".repeat(64), TensorType.F32, List.of(1L), new float[1]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addBytes("y", TensorType.F32, List.of(), (offset, bytes) -> {}));
        var unfilled = new GgufWriter(METADATA).addBytes("y", TensorType.F32, List.of(2L), (offset, bytes) -> {});
        assertThatThrownBy(() -> unfilled.write(directory.resolve("short.gguf")))
                .hasMessageContaining("8 bytes unfilled");
    }

    @Test
    void aHeaderCanComeFromAnywhere() throws IOException {
        Path path = directory.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(path);
        byte[] bytes = Files.readAllBytes(path);
        var header = GgufHeader.read(new MemorySource(ByteBuffer.wrap(bytes)));
        assertThat(header.tensors()).hasSize(20);
        assertThat(header.source()).isEqualTo("memory");
    }
}
