package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizerTests {
    @TempDir
    static Path models;

    @TempDir
    private Path folder;

    private static Path original;
    private Path result;

    @BeforeAll
    static void write() {
        original = models.resolve("original.gguf");
        TestModels.wide(1).write(original);
    }

    @BeforeEach
    void name() {
        result = folder.resolve("result.gguf");
    }

    private static QuantizeOptions to(FileType type) {
        return QuantizeOptions.of(type).withThreads(1);
    }

    private static Path synthetic(Path folder, SyntheticModel.Shape shape) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.of(shape, 1).write(file);
        return file;
    }

    @Test
    void makesTheSameFileWithAnyNumberOfThreads() throws IOException {
        Path other = folder.resolve("other.gguf");
        Quantizer.quantize(original, result, to(FileType.Q4_K_S));
        Quantizer.quantize(original, other, to(FileType.Q4_K_S).withThreads(0));
        assertThat(Files.mismatch(result, other)).isEqualTo(-1);
    }

    /** Width, hidden units, and the type that takes the place of Q4_K in most matrices. */
    @ParameterizedTest
    @CsvSource({"288, 256, Q5_0", "96, 160, Q5_0", "40, 60, F16", "2, 3, F16", "64, 512, Q5_0"})
    void takesAnotherTypeForRowsThatDoNotDivideIntoBlocks(int width, int hidden, TensorType type) {
        Path source = synthetic(folder, SyntheticModel.Shape.tiny().withMatrixType(TensorType.Q8_0));
        refuses(source, to(FileType.Q4_0), "token_embd.weight", "quantized already (q8_0)", "--allow-requantize");
        Quantizer.quantize(source, result, to(FileType.Q4_0).withRequantize(true));
        assertThat(TestModels.logits(result)).doesNotContain(Float.NaN);

        Path coarse = folder.resolve("coarse.gguf");
        Quantizer.quantize(original, coarse, to(FileType.Q3_K_S));
        refuses(
                coarse,
                to(FileType.Q8_0).withOverwrite(true).withRequantize(true),
                "q3_K",
                "cannot be quantized again");
    }

    @Test
    void keepsTheFileThatIsThereUnlessAllowed() throws IOException {
        Files.writeString(result, "mine");
        refuses(original, to(FileType.Q8_0), result + " exists already", "--force");
        assertThat(result).hasContent("mine");
        Quantizer.quantize(original, result, to(FileType.Q8_0).withOverwrite(true));
        assertThat(TestModels.logits(result)).doesNotContain(Float.NaN);
        assertThat(folder.toFile().list()).containsExactly("result.gguf");
    }

    @Test
    void refusesPlacesThatCannotBeWrittenTo() throws IOException {
        Path source = synthetic(folder, SyntheticModel.Shape.tiny());
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), source);
        var options = to(FileType.Q8_0).withOverwrite(true);
        refusesToWrite(source, source, options, "the model that is read");
        refusesToWrite(source, link, options, "the model that is read");
        refusesToWrite(source, folder, options, "it is a folder");
        refusesToWrite(source, folder.resolve("absent").resolve("x.gguf"), options, "no folder", "absent");
        refusesToWrite(source, Path.of("/dev/null"), options, "no regular file");
        refusesToWrite(source, folder.resolve("x".repeat(250)), options, "Cannot write");
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling.gguf"), folder.resolve("nowhere"));
        refusesToWrite(source, dangling, to(FileType.Q8_0), "exists already");
        assertThat(folder.toFile().list()).containsOnly("model.gguf", "link.gguf", "dangling.gguf");
    }

    @Test
    void refusesFilesThatAreNoModels() throws IOException {
        refuses(folder.resolve("missing.gguf"), to(FileType.Q8_0), "missing.gguf");
        refuses(Files.writeString(folder.resolve("text.gguf"), "no model"), to(FileType.Q8_0), "text.gguf");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -65536, 1e30f})
    void refusesNumbersThatTheTypeCannotHold(float value) throws IOException, InterruptedException {
        Path source = damaged("blk.0.attn_k.weight", value);
        refuses(source, to(FileType.Q4_K_M), "'blk.0.attn_k.weight' has " + value + " at element 70");
        assertThat(QuantizerChild.run("unlimited", source, result, FileType.F16))
                .startsWith("0: " + source)
                .contains("blk.0.attn_k.weight")
                .hasLineCount(1);
        if (Float.isFinite(value)) {
            Quantizer.quantize(source, result, to(FileType.BF16));
        }
    }

    @Test
    void refusesVectorsThatAreNotFinite() {
        refuses(damaged("blk.1.ffn_norm.weight", Float.NaN), to(FileType.F32), "'blk.1.ffn_norm.weight' has NaN");
        Quantizer.quantize(damaged("blk.1.ffn_norm.weight", 1e30f), result, to(FileType.Q8_0));
    }

    /** Write the original with another number at element 70 of a tensor. */
    private Path damaged(String name, float value) {
        Path file = folder.resolve("damaged.gguf");
        try (var source = GgufFile.open(original)) {
            var writer = new GgufWriter(source.header().metadata());
            for (TensorInfo tensor : source.header().tensors()) {
                float[] values = TestModels.weights(source, tensor);
                if (tensor.name().equals(name)) {
                    values[70] = value;
                }
                writer.addFloats(tensor.name(), tensor.type(), tensor.shape(), values);
            }
            writer.write(file);
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource(FileType.class)
    void survivesTheSmallestAndTheLargestNumbers(FileType type) {
        float[] extremes = {Float.MIN_VALUE, -1e-42f, 1e-38f, 1e-20f, 0, -0f, 65504, -65504, 1};
        Path source = folder.resolve("extreme.gguf");
        SyntheticModel model = TestModels.wide(1);
        try (var file = GgufFile.open(original)) {
            var writer = new GgufWriter(model.metadata());
            for (TensorInfo tensor : file.header().tensors()) {
                float[] values = TestModels.weights(file, tensor);
                // Runs of different lengths, so that whole blocks and parts of them hold one value.
                for (int i = 0; tensor.rows() > 1 && i < values.length; i++) {
                    values[i] = extremes[(i / 16 + i / 600) % extremes.length];
                }
                writer.addFloats(tensor.name(), tensor.type(), tensor.shape(), values);
            }
            writer.write(source);
        }
        assertThat(Quantizer.quantize(source, result, to(type)).bytes()).isPositive();
    }

    @Test
    void refusesTensorsOfFourDimensions() {
        Path source = folder.resolve("four.gguf");
        SyntheticModel model = SyntheticModel.of(SyntheticModel.Shape.tiny(), 1);
        Metadata.Builder metadata = model.metadata().toBuilder()
                .put("general.architecture", "olmo")
                .put("olmo.attention.layer_norm_epsilon", 1e-5f);
        model.metadata().values().forEach((key, value) -> {
            if (key.startsWith("llama.")) {
                metadata.put(key.replace("llama.", "olmo."), value);
            }
        });
        model.writer(metadata.build())
                .addFloats("blk.0.extra.weight", TensorType.F32, List.of(32L, 2L, 2L, 2L), new float[256])
                .write(source);
        refuses(source, to(FileType.Q8_0), "'blk.0.extra.weight' has four dimensions");
    }

    /** llama.cpp would copy the alignment's key, and then lay the tensors out by its own. */
    @Test
    void refusesAnotherAlignmentThanLlamaCppWrites() throws IOException {
        Path source = folder.resolve("aligned.gguf");
        SyntheticModel model = SyntheticModel.of(SyntheticModel.Shape.tiny(), 1);
        Metadata.Builder metadata = model.metadata().toBuilder().putUnsigned("general.alignment", 32);
        String padding = "";
        do {
            model.writer(metadata.put("general.author", padding).build()).write(source);
            padding += "x";
        } while (GgufFile.readHeader(source).dataOffset() % 64 != 0);
        byte[] bytes = Files.readAllBytes(source);
        String key = "general.alignment";
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(key) + key.length();
        bytes[at + Integer.BYTES] = 64;
        Files.write(source, bytes);
        refuses(source, to(FileType.Q8_0), "aligned to 64 bytes");
    }

    @Test
    void refusesTextsThatLlamaCppWouldCut() {
        Path source = folder.resolve("zero.gguf");
        SyntheticModel model = SyntheticModel.of(SyntheticModel.Shape.tiny(), 1);
        model.writer(model.metadata().toBuilder().put("general.author", "a\0b").build())
                .write(source);
        refuses(source, to(FileType.Q8_0), "key 'general.author'");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNothingBehindOnAFullDisk() throws IOException, InterruptedException {
        String printed = QuantizerChild.run("512", original, result, FileType.Q8_0);
        assertThat(printed)
                .startsWith("0: Cannot write " + result)
                .contains("make room")
                .hasLineCount(1);
        assertThat(folder).isEmptyDirectory();
        assertThat(QuantizerChild.run("unlimited", original, result, FileType.Q8_0))
                .isEqualTo("0: " + Files.size(result) + "\n");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoPartBehindWhenTheProcessIsToldToEnd() throws IOException, InterruptedException {
        Process process = QuantizerChild.start("unlimited", original, result, FileType.IQ4_NL);
        while (process.isAlive() && parts().isEmpty()) {
            Thread.sleep(1);
        }
        process.destroy();
        process.waitFor();
        assertThat(parts()).isEmpty();
    }

    private List<String> parts() {
        return Stream.of(Objects.requireNonNull(folder.toFile().list()))
                .filter(name -> name.endsWith(".part"))
                .toList();
    }

    @Test
    void refusesThreadsThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> to(FileType.F16).withThreads(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> to(FileType.F16).withThreads(513));
    }

    private void refuses(Path source, QuantizeOptions options, String... words) {
        boolean there = Files.exists(result);
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> Quantizer.quantize(source, result, options))
                .satisfies(e -> assertThat(e.getMessage()).contains(words).hasLineCount(1));
        assertThat(Files.exists(result)).isEqualTo(there);
    }

    private static void refusesToWrite(Path source, Path destination, QuantizeOptions options, String... words) {
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> Quantizer.quantize(source, destination, options))
                .satisfies(e -> assertThat(e)
                        .isNotInstanceOf(InvalidModelException.class)
                        .hasMessageContainingAll(words));
    }
}
