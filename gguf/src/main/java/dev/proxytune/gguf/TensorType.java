package dev.proxytune.gguf;

import java.util.Locale;
import java.util.Optional;

/**
 * Storage type of a tensor's elements: every type that ggml of llama.cpp v0.5.0 defines.
 *
 * <p>Elements are stored in blocks along the first dimension, so a row's length is a multiple of {@link #blockSize()}.
 */
public enum TensorType {
    /** IEEE 754 single precision. */
    F32(0, 1, 4),
    /** IEEE 754 half precision. */
    F16(1, 1, 2),
    /** 4-bit, one scale for 32. */
    Q4_0(2, 32, 18),
    /** 4-bit, one scale and one minimum for 32. */
    Q4_1(3, 32, 20),
    /** 5-bit, one scale for 32. */
    Q5_0(6, 32, 22),
    /** 5-bit, one scale and one minimum for 32. */
    Q5_1(7, 32, 24),
    /** 8-bit, one scale for 32. */
    Q8_0(8, 32, 34),
    /** 8-bit with sums, for activations only. */
    Q8_1(9, 32, 36),
    /** 2-bit super-blocks. */
    Q2_K(10, 256, 84),
    /** 3-bit super-blocks. */
    Q3_K(11, 256, 110),
    /** 4-bit super-blocks. */
    Q4_K(12, 256, 144),
    /** 5-bit super-blocks. */
    Q5_K(13, 256, 176),
    /** 6-bit super-blocks. */
    Q6_K(14, 256, 210),
    /** 8-bit super-blocks, for activations only. */
    Q8_K(15, 256, 292),
    /** 2.06-bit codebook. */
    IQ2_XXS(16, 256, 66),
    /** 2.31-bit codebook. */
    IQ2_XS(17, 256, 74),
    /** 3.06-bit codebook. */
    IQ3_XXS(18, 256, 98),
    /** 1.56-bit codebook. */
    IQ1_S(19, 256, 50),
    /** 4-bit non-linear, one scale for 32. */
    IQ4_NL(20, 32, 18),
    /** 3.44-bit codebook. */
    IQ3_S(21, 256, 110),
    /** 2.5-bit codebook. */
    IQ2_S(22, 256, 82),
    /** 4.25-bit non-linear super-blocks. */
    IQ4_XS(23, 256, 136),
    /** Signed 8-bit integer. */
    I8(24, 1, 1),
    /** Signed 16-bit integer. */
    I16(25, 1, 2),
    /** Signed 32-bit integer. */
    I32(26, 1, 4),
    /** Signed 64-bit integer. */
    I64(27, 1, 8),
    /** IEEE 754 double precision. */
    F64(28, 1, 8),
    /** 1.75-bit codebook. */
    IQ1_M(29, 256, 56),
    /** Upper half of a single-precision float. */
    BF16(30, 1, 2),
    /** 1.69-bit ternary. */
    TQ1_0(34, 256, 54),
    /** 2.06-bit ternary. */
    TQ2_0(35, 256, 66),
    /** 4-bit floats, one shared exponent for 32. */
    MXFP4(39, 32, 17),
    /** 4-bit floats, four 8-bit float scales for 64. */
    NVFP4(40, 64, 36),
    /** 1-bit, one scale for 128. */
    Q1_0(41, 128, 18),
    /** 2-bit, one scale for 64. */
    Q2_0(42, 64, 18);

    private static final TensorType[] BY_ID = new TensorType[43];

    static {
        for (TensorType type : values()) {
            BY_ID[type.id] = type;
        }
    }

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    TensorType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** Return the number that stands for this type in a file. */
    public int id() {
        return id;
    }

    /** Return how many elements one block holds, at least 1. */
    public int blockSize() {
        return blockSize;
    }

    /** Return the bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Return the name that ggml uses, such as {@code q4_0}. */
    public String label() {
        String name = name().toLowerCase(Locale.ROOT);
        return name.endsWith("_k") ? name.substring(0, name.length() - 1) + "K" : name;
    }

    /** Tell whether llama.cpp can multiply by a matrix of this type. */
    public boolean isWeight() {
        return switch (this) {
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 -> false;
            default -> true;
        };
    }

    /**
     * Return the bytes of a row.
     *
     * @param elements row length, a multiple of {@link #blockSize()}
     * @throws IllegalArgumentException if the length is negative or not whole blocks
     */
    public long rowBytes(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a " + label() + " row holds a multiple of " + blockSize + " elements, got " + elements);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** Return the type with this number, if ggml of llama.cpp v0.5.0 has one. */
    public static Optional<TensorType> byId(int id) {
        return id >= 0 && id < BY_ID.length ? Optional.ofNullable(BY_ID[id]) : Optional.empty();
    }
}
