package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compare the codec with ggml, bit by bit, on blocks of random bytes: all scales there are, infinite ones too. */
class DecodingTests {
    private static final int BLOCKS = 2000;
    private static final long SEED = 1;

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    // Elsewhere a compiler may fuse the multiplication and the addition, and rounds once instead of twice.
    @EnabledOnOs(architectures = {"amd64", "x86_64"})
    void decodesToTheBitsOfGgml(TensorType type) {
        byte[] stored = new byte[BLOCKS * type.blockBytes()];
        new Random(SEED).nextBytes(stored);
        int count = BLOCKS * type.blockSize();
        float[] ours = new float[count];
        TensorCodec.decode(type, ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN), ours, 0, count);
        float[] theirs = GgmlTypes.decode(type, stored, count);
        for (int i = 0; i < count; i++) {
            assertThat(Float.floatToIntBits(ours[i]))
                    .as("element %d: %s and %s", i, ours[i], theirs[i])
                    .isEqualTo(Float.floatToIntBits(theirs[i]));
        }
    }
}
