package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorCodecTests {

    @Test
    void q80BlocksMatchHandComputedOnes() {
        float[] x = new float[32];
        x[0] = 127;
        x[1] = -127;
        x[2] = 2.5f;
        x[3] = -2.5f;
        x[4] = 0.49999997f;
        x[31] = -1;
        // Scale 1 is 3c00 in half precision; halves round away from zero.
        assertThat(encode(TensorType.Q8_0, x)).isEqualTo("003c" + "7f8103fd00" + "00".repeat(26) + "ff");
    }

    @Test
    void q40BlocksMatchHandComputedOnes() {
        float[] x = new float[32];
        x[0] = -8;
        x[1] = 7;
        x[2] = 7.9f;
        x[3] = 0.5f;
        x[16] = 1;
        x[20] = -0.6f;
        x[31] = -4;
        // The extreme -8 gives scale 1; values are offset by 8, element 16 + i in the high half of byte i.
        assertThat(encode(TensorType.Q4_0, x)).isEqualTo("003c" + "908f8f8978" + "88".repeat(10) + "48");
    }

    @Test
    void q40ScaleIsNegativeForAPositiveExtreme() {
        float[] x = new float[32];
        x[0] = 8;
        x[1] = -7;
        assertThat(encode(TensorType.Q4_0, x)).isEqualTo("00bc" + "808f" + "88".repeat(14));
    }

    @Test
    void q41BlocksMatchHandComputedOnes() {
        float[] x = new float[32];
        x[0] = -1;
        x[1] = 14;
        x[2] = 0.6f;
        x[17] = 3;
        x[19] = 0.6f;
        // Minimum -1 (bc00), scale 1 (3c00); a zero is one step above the minimum.
        assertThat(encode(TensorType.Q4_1, x)).isEqualTo("003c00bc" + "104f1221" + "11".repeat(12));
    }

    @Test
    void zerosEncodeAsGgmlDoes() {
        assertThat(encode(TensorType.Q8_0, new float[32])).isEqualTo("00".repeat(34));
        // The scale of a block without extreme is 0 / -8, a negative zero.
        assertThat(encode(TensorType.Q4_0, new float[32])).isEqualTo("0080" + "88".repeat(16));
    }

    @ParameterizedTest
    @CsvSource({"1,803f", "-2,00c0", "3.140625,4940", "1.00390625,803f", "1.01171875,823f", "NaN,c07f"})
    void bf16RoundsToNearestEven(float value, String expected) {
        assertThat(encode(TensorType.BF16, new float[] {value})).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"1,003c", "65504,ff7b", "65536,007c", "5.9604645e-8,0100"})
    void f16MatchesIeee(float value, String expected) {
        assertThat(encode(TensorType.F16, new float[] {value})).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"})
    void decodingUndoesEncodingUpToTheStep(TensorType type) {
        long seed = 4711;
        var random = new SplittableRandom(seed);
        float[] x = new float[256];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextDouble(-1, 1);
        }
        float[] y = decode(type, encode(type, x), x.length);
        double step = switch (type) {
            case F32 -> 0;
            case F16 -> 1e-3;
            case BF16, Q8_0 -> 5e-3;
            default -> 0.14;
        };
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i]).as("element %s of seed %s", i, seed).isCloseTo(x[i], within((float) step));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void quantizedTypesRefuseWhatIsNotFinite(float value) {
        float[] x = new float[64];
        x[40] = value;
        for (var type : new TensorType[] {TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encode(type, x))
                    .withMessageContaining("32 to 63");
        }
    }

    @Test
    void tellsDecodingAndEncodingApart() {
        assertThat(TensorType.values())
                .filteredOn(TensorCodec::canDecode)
                .filteredOn(type -> !TensorCodec.canEncode(type))
                .containsExactly(TensorType.Q5_0, TensorType.Q5_1, TensorType.Q4_K, TensorType.Q5_K, TensorType.Q6_K);
        assertThat(TensorType.values()).filteredOn(TensorCodec::canEncode).allMatch(TensorCodec::canDecode);
        assertThatThrownBy(() -> decode(TensorType.Q3_K, "00".repeat(110), 256))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("no codec for tensor type q3_K");
    }

    @Test
    void typesWithoutEncoderAndBrokenBlocksAreRefused() {
        assertThatThrownBy(() -> encode(TensorType.Q6_K, new float[256]))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("q6_K");
        assertThatIllegalArgumentException().isThrownBy(() -> encode(TensorType.Q8_0, new float[33]));
    }

    private static String encode(TensorType type, float[] x) {
        var bytes = ByteBuffer.allocate(x.length * 4 + 64).order(ByteOrder.LITTLE_ENDIAN);
        TensorCodec.encode(type, x, 0, x.length, bytes);
        assertThat(bytes.position()).isEqualTo((int) type.rowBytes(x.length));
        return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
    }

    private static float[] decode(TensorType type, String hex, int count) {
        var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
        float[] x = new float[count];
        TensorCodec.decode(type, bytes, x, 0, count);
        assertThat(bytes.hasRemaining()).isFalse();
        return x;
    }
}
