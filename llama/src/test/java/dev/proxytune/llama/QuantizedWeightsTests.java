package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the weights. */
class QuantizedWeightsTests {
    @TempDir
    private Path folder;

    private Path original;
    private Path result;

    @BeforeEach
    void write() {
        original = folder.resolve("original.gguf");
        result = folder.resolve("result.gguf");
        TestModels.wide(1).write(original);
    }

    private static QuantizeOptions to(FileType type) {
        return QuantizeOptions.of(type).withThreads(1);
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
                float[] expected = TestModels.weights(before, source);
                if (tensor.type() == TensorType.F32) {
                    assertThat(TestModels.weights(after, tensor)).isEqualTo(expected);
                    continue;
                }
                float[] stored = weightsByGgml(after, tensor);
                assertThat(distance(stored, expected))
                        .as("%s of %s", tensor.type(), tensor.name())
                        .isPositive()
                        .isLessThan(loss(tensor.type()));
                if (TensorCodec.canDecode(tensor.type())) {
                    assertThat(TestModels.weights(after, tensor)).isEqualTo(stored);
                }
                ofMainType += tensor.type() == type.mainType() ? 1 : 0;
            }
            assertThat(after.header().metadata().integer("general.file_type")).hasValue(type.code());
        }
        assertThat(ofMainType).isGreaterThan(type == FileType.F32 ? -1 : 10);
        try (var model = LlamaModel.load(result, TestModels.OPTIONS)) {
            assertThat(TestModels.logits(model)).doesNotContain(Float.NaN);
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
                writer.addFloats(tensor.name(), TensorType.F32, tensor.shape(), TestModels.weights(file, tensor));
            }
            writer.write(decoded);
        }
        float[] quantized = TestModels.logits(result);
        double rounding = distance(quantized, TestModels.logits(decoded));
        double loss = distance(quantized, TestModels.logits(original));
        System.out.println("> Logits of Q4_K_M differ by " + rounding + " from those of the decoded weights, by " + loss
                + " from the original's");
        assertThat(rounding).isLessThan(0.05).isLessThan(loss / 4);
    }
}
