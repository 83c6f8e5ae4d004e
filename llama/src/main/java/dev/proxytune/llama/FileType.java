package dev.proxytune.llama;

import dev.proxytune.gguf.TensorType;

/**
 * How a file stores most of its weights, under llama.cpp's names.
 *
 * <p>The letter behind K tells the mixture: some matrices get more bits in M and L than in S. Vectors stay F32. Types that
 * need measured activations (an importance matrix) are left out.
 */
public enum FileType {
    F32(0, TensorType.F32),
    F16(1, TensorType.F16),
    BF16(32, TensorType.BF16),
    Q8_0(7, TensorType.Q8_0),
    Q6_K(18, TensorType.Q6_K),
    Q5_K_M(17, TensorType.Q5_K),
    Q5_K_S(16, TensorType.Q5_K),
    Q5_1(9, TensorType.Q5_1),
    Q5_0(8, TensorType.Q5_0),
    Q4_K_M(15, TensorType.Q4_K),
    Q4_K_S(14, TensorType.Q4_K),
    Q4_1(3, TensorType.Q4_1),
    Q4_0(2, TensorType.Q4_0),
    IQ4_NL(25, TensorType.IQ4_NL),
    IQ4_XS(30, TensorType.IQ4_XS),
    Q3_K_L(13, TensorType.Q3_K),
    Q3_K_M(12, TensorType.Q3_K),
    Q3_K_S(11, TensorType.Q3_K),
    Q2_K(10, TensorType.Q2_K);

    private static final float LARGEST_BRAIN_FLOAT = 0x1.fep127f;
    private static final float LARGEST_HALF = 65504;

    private final int code;
    private final TensorType mainType;

    FileType(int code, TensorType mainType) {
        this.code = code;
        this.mainType = mainType;
    }

    /** Return llama.cpp's {@code llama_ftype}. */
    int code() {
        return code;
    }

    /** Return the type of the matrices that nothing special is done for. */
    TensorType mainType() {
        return mainType;
    }

    /** Return the largest magnitude of a weight that is surely stored as a finite number. */
    float limit() {
        return switch (this) {
            case F32 -> Float.MAX_VALUE;
            case BF16 -> LARGEST_BRAIN_FLOAT;
            default -> LARGEST_HALF;
        };
    }
}
