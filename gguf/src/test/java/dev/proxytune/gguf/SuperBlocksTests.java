package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SuperBlocksTests {
    /** One, two and minus a half in half precision. */
    private static final short ONE = 0x3c00;

    private static final short TWO = 0x4000;
    private static final short MINUS_HALF = (short) 0xb800;

    private final ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void q4KBlocksMatchHandComputedOnes() {
        bytes.putShort(0, TWO).putShort(2, ONE);
        // Blocks 0 to 3 have scales 1, 2, 3, 63 and minima 5, 6, 7, 8; the upper two bits belong to blocks 4 to 7.
        put(4, 1, 2, 3 | 0b10 << 6, 63, 5, 6, 7 | 0b11 << 6, 8);
        // Lower halves: scales 4, 5, 6, 7; upper halves: minima 1, 2, 3, 4.
        put(12, 0x14, 0x25, 0x36, 0x47);
        put(16, 0xf1);
        put(16 + 31, 0x20);
        put(16 + 32, 0x0f);
        put(16 + 64, 0x03);
        put(16 + 96 + 5, 0xa9);
        float[] x = decode(TensorType.Q4_K);
        assertThat(x[0]).isEqualTo(2 * 1 * 1 - 5);
        assertThat(x[1]).isEqualTo(-5);
        assertThat(x[32]).isEqualTo(2 * 2 * 15 - 6);
        assertThat(x[63]).isEqualTo(2 * 2 * 2 - 6);
        assertThat(x[64]).isEqualTo(2 * 3 * 15 - 7);
        assertThat(x[96]).isEqualTo(-8);
        assertThat(x[128]).isEqualTo(2 * 4 * 3 - 1);
        assertThat(x[160]).isEqualTo(-2);
        // The upper bits of the scale stand with the scale of block 2, those of the minimum with the minimum of block
        // 2.
        assertThat(x[192 + 5]).isEqualTo(2 * (6 + 32) * 9 - (3 + 48));
        assertThat(x[224 + 5]).isEqualTo(2 * 7 * 10 - 4);
    }

    @Test
    void q5KBlocksMatchHandComputedOnes() {
        bytes.putShort(0, ONE).putShort(2, TWO);
        put(4, 1, 1, 1, 1, 3, 0, 0, 0);
        put(12, 0x01, 0x01, 0x01, 0x51);
        // Bit b of byte i is the fifth bit of element i of block b.
        put(16 + 2, 0b1000_0101);
        put(48 + 2, 0x21);
        put(48 + 96 + 2, 0xf0);
        float[] x = decode(TensorType.Q5_K);
        assertThat(x[2]).isEqualTo(1 + 16 - 2 * 3);
        assertThat(x[32 + 2]).isEqualTo(2);
        assertThat(x[64 + 2]).isEqualTo(16);
        assertThat(x[224 + 2]).isEqualTo(15 + 16 - 2 * 5);
        assertThat(x[224 + 3]).isEqualTo(-2 * 5);
    }

    @Test
    void q6KBlocksMatchHandComputedOnes() {
        put(0, 0x21);
        put(63, 0xf0);
        put(64 + 1, 0x03);
        put(128, 0b11_10_01_00);
        put(128 + 32 + 1, 0b01);
        put(192, 1, -2, 3, 4, 5, 6, 7, 127, -128);
        bytes.putShort(208, MINUS_HALF);
        float[] x = decode(TensorType.Q6_K);
        assertThat(x[0]).isEqualTo(-0.5f * 1 * (1 - 32));
        assertThat(x[16]).isEqualTo(-0.5f * -2 * -32);
        assertThat(x[32]).isEqualTo(-0.5f * 3 * (16 - 32));
        assertThat(x[64]).isEqualTo(-0.5f * 5 * (2 + 32 - 32));
        assertThat(x[96]).isEqualTo(-0.5f * 7 * (48 - 32));
        assertThat(x[127]).isEqualTo(-0.5f * 127 * (15 - 32));
        assertThat(x[129]).isEqualTo(-0.5f * -128 * (3 + 16 - 32));
    }

    @Test
    void q50AndQ51BlocksMatchHandComputedOnes() {
        bytes.putShort(0, TWO).putInt(2, 1 | 1 << 31);
        put(6, 0x4f);
        put(6 + 15, 0x20);
        float[] x = decode(TensorType.Q5_0, 32);
        assertThat(x[0]).isEqualTo(2 * (15 + 16 - 16));
        assertThat(x[16]).isEqualTo(2 * (4 - 16));
        assertThat(x[31]).isEqualTo(2 * (2 + 16 - 16));

        bytes.clear().putShort(0, TWO).putShort(2, MINUS_HALF).putInt(4, 1 | 1 << 31);
        put(8, 0x4f);
        put(8 + 15, 0x20);
        x = decode(TensorType.Q5_1, 32);
        assertThat(x[0]).isEqualTo(2 * (15 + 16) - 0.5f);
        assertThat(x[16]).isEqualTo(2 * 4 - 0.5f);
        assertThat(x[31]).isEqualTo(2 * (2 + 16) - 0.5f);
    }

    private void put(int at, int... values) {
        for (int i = 0; i < values.length; i++) {
            bytes.put(at + i, (byte) values[i]);
        }
    }

    private float[] decode(TensorType type) {
        return decode(type, 256);
    }

    private float[] decode(TensorType type, int count) {
        var x = new float[count + 2];
        TensorCodec.decode(type, bytes, x, 1, count);
        assertThat(bytes.position()).isEqualTo(type.blockBytes());
        assertThat(x[0]).isZero();
        assertThat(x[count + 1]).isZero();
        return Arrays.copyOfRange(x, 1, count + 1);
    }
}
