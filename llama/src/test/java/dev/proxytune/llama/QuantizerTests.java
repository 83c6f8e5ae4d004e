package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
    private static final SyntheticModel.Shape SHAPE =
            new SyntheticModel.Shape(256, 4, 4, 2, 512, 288, 256, false, TensorType.F32);

    @TempDir
    static Path models;

    @TempDir
    private Path folder;

    private static Path original;
    private Path result;

    @BeforeAll
    static void write() {
        original = models.resolve("original.gguf");
        SyntheticModel.of(SHAPE, 1).write(original);
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

    private static float[] weights(GgufFile file, TensorInfo tensor) {
        var values = new float[(int) tensor.elements()];
        file.readRows(tensor, 0, values);
        return values;
    }

    private static float[] weightsByGgml(GgufFile file, TensorInfo tensor) {
        var bytes = ByteBuffer.allocate((int) tensor.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(tensor, 0, bytes);
        return GgmlTypes.decode(tensor.type(), bytes.array(), (int) tensor.elements());
    }

    private static double distance(float[] one, float[] two) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < one.length; i++) {
            difference += Math.pow(one[i] - two[i], 2);
            size += Math.pow(two[i], 2);
        }
        return Math.sqrt(difference / size);
    }

    /** Return what a uniformly distributed weight loses, relative to its size, and some more for the scales. */
    private static double loss(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 3e-4;
            case BF16 -> 2.5e-3;
            case Q8_0 -> 0.006;
            case Q6_K -> 0.025;
            case Q5_0, Q5_1, Q5_K -> 0.045;
            case Q4_0, Q4_1, Q4_K, IQ4_NL, IQ4_XS -> 0.1;
            case Q3_K -> 0.2;
            case Q2_K -> 0.3;
            default -> throw new AssertionError(type);
        };
    }

    @ParameterizedTest
    @EnumSource(FileType.class)
    void storesEveryTypeWithItsError(FileType type) {
        var made = Quantizer.quantize(original, result, to(type));
        assertThat(made.file()).isEqualTo(result);
        assertThat(made.bytes()).isEqualTo(result.toFile().length());
        assertThat(made.sourceBytes()).isEqualTo(original.toFile().length());
        assertThat(made.fallbacks()).isZero();
        int ofMainType = 0;
        try (var before = GgufFile.open(original);
                var after = GgufFile.open(result)) {
            for (TensorInfo tensor : after.header().tensors()) {
                TensorInfo source = before.header().tensor(tensor.name()).orElseThrow();
                assertThat(tensor.shape()).isEqualTo(source.shape());
                float[] expected = weights(before, source);
                if (tensor.type() == TensorType.F32) {
                    assertThat(weights(after, tensor)).isEqualTo(expected);
                    continue;
                }
                float[] stored = weightsByGgml(after, tensor);
                assertThat(distance(stored, expected))
                        .as("%s of %s", tensor.type(), tensor.name())
                        .isPositive()
                        .isLessThan(loss(tensor.type()));
                if (TensorCodec.canDecode(tensor.type())) {
                    assertThat(weights(after, tensor)).isEqualTo(stored);
                }
                ofMainType += tensor.type() == type.mainType() ? 1 : 0;
            }
            assertThat(after.header().metadata().integer("general.file_type")).hasValue(type.code());
        }
        assertThat(ofMainType).isGreaterThan(type == FileType.F32 ? -1 : 10);
        try (var model = LlamaModel.load(result, TestModels.OPTIONS)) {
            assertThat(logits(model)).doesNotContain(Float.NaN);
            assertThat(model.info().quantization().replace("_", ""))
                    .as("llama.cpp's name of %s", type)
                    .contains(type.name().replaceFirst("_[SML]$", "").replace("_", ""));
        }
    }

    /** llama.cpp multiplies quantized weights by activations of 8 bits, so the logits agree up to their rounding only. */
    @Test
    void computesAsWithTheWeightsThatAreDecoded() {
        Quantizer.quantize(original, result, to(FileType.Q4_K_M));
        Path decoded = folder.resolve("decoded.gguf");
        try (var file = GgufFile.open(result)) {
            var writer = new GgufWriter(file.header().metadata());
            for (TensorInfo tensor : file.header().tensors()) {
                writer.addFloats(tensor.name(), TensorType.F32, tensor.shape(), weights(file, tensor));
            }
            writer.write(decoded);
        }
        float[] quantized = logits(result);
        double rounding = distance(quantized, logits(decoded));
        double loss = distance(quantized, logits(original));
        System.out.println("> Logits of Q4_K_M differ by " + rounding + " from those of the decoded weights, by " + loss
                + " from the original's");
        assertThat(rounding).isLessThan(0.05).isLessThan(loss / 4);
    }

    private static float[] logits(Path file) {
        try (var model = LlamaModel.load(file, TestModels.OPTIONS)) {
            return logits(model);
        }
    }

    private static float[] logits(LlamaModel model) {
        Prompt prompt = TestModels.prompt(1, 20);
        try (var decoder = model.open(new DecoderOptions(1, 64, 1))) {
            decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true));
            float[] row = new float[model.vocabulary().size()];
            decoder.row(0).copyTo(0, row, 0, row.length);
            return row;
        }
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
        assertThat(logits(result)).doesNotContain(Float.NaN);

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
        assertThat(logits(result)).doesNotContain(Float.NaN);
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
                float[] values = weights(source, tensor);
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
        SyntheticModel model = SyntheticModel.of(SHAPE, 1);
        try (var file = GgufFile.open(original)) {
            var writer = new GgufWriter(model.metadata());
            for (TensorInfo tensor : file.header().tensors()) {
                float[] values = weights(file, tensor);
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
        Metadata.Builder metadata = model.metadata().toBuilder().put("general.architecture", "olmo");
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
