package dev.proxytune.gguf;

import java.nio.ByteBuffer;

/**
 * Decodes the super-blocks of 256 elements: Q4_K, Q5_K and Q6_K.
 *
 * <p>A super-block holds sub-blocks whose scales are small integers, and a half-precision factor for all of them. The
 * products are rounded in the order of ggml's reference functions, so that the results have the same bits.
 */
final class SuperBlocks {
    private static final int SUB_BLOCK = 32;
    private static final int PACKED_SCALES = 12;

    private SuperBlocks() {}

    /** Decode a block of 144 bytes: two factors, packed scales and minima, 4 bits for each element. */
    static void decodeQ4K(ByteBuffer in, float[] x, int at) {
        float factor = Float.float16ToFloat(in.getShort());
        float least = Float.float16ToFloat(in.getShort());
        int scales = in.position();
        int low = scales + PACKED_SCALES;
        for (int block = 0; block < 8; block++) {
            float scale = factor * scale(in, scales, block);
            float minimum = least * minimum(in, scales, block);
            int from = at + block * SUB_BLOCK;
            for (int i = 0; i < SUB_BLOCK; i++) {
                x[from + i] = scale * nibble(in, low, block, i) - minimum;
            }
        }
        in.position(low + 128);
    }

    /** Decode a block of 176 bytes: as {@link #decodeQ4K} with the fifth bits of all elements before the other four. */
    static void decodeQ5K(ByteBuffer in, float[] x, int at) {
        float factor = Float.float16ToFloat(in.getShort());
        float least = Float.float16ToFloat(in.getShort());
        int scales = in.position();
        int high = scales + PACKED_SCALES;
        int low = high + SUB_BLOCK;
        for (int block = 0; block < 8; block++) {
            float scale = factor * scale(in, scales, block);
            float minimum = least * minimum(in, scales, block);
            int from = at + block * SUB_BLOCK;
            for (int i = 0; i < SUB_BLOCK; i++) {
                int fifth = ((in.get(high + i) >>> block) & 1) << 4;
                x[from + i] = scale * (nibble(in, low, block, i) | fifth) - minimum;
            }
        }
        in.position(low + 128);
    }

    /** Decode a block of 210 bytes: the lower 4 bits, the upper 2 bits, 16 signed scales, and their factor. */
    static void decodeQ6K(ByteBuffer in, float[] x, int at) {
        int low = in.position();
        int high = low + 128;
        int scales = high + 64;
        float factor = Float.float16ToFloat(in.getShort(scales + 16));
        for (int i = 0; i < 256; i++) {
            // Each half of 128 elements has 64 bytes of lower and 32 bytes of upper bits; element i and the ones 32, 64
            // and 96 later share a byte of the upper.
            int half = i >>> 7;
            int quarter = (i >>> 5) & 3;
            int lower = (in.get(low + half * 64 + (i & 63)) >>> ((quarter & 2) * 2)) & 15;
            int upper = (in.get(high + half * 32 + (i & 31)) >>> (quarter * 2)) & 3;
            x[at + i] = factor * in.get(scales + (i >>> 4)) * ((lower | (upper << 4)) - 32);
        }
        in.position(scales + 18);
    }

    /** Return an element's lower four bits: two sub-blocks share 32 bytes, the first has the lower halves. */
    private static int nibble(ByteBuffer in, int low, int block, int i) {
        return (in.get(low + (block >>> 1) * SUB_BLOCK + i) >>> ((block & 1) * 4)) & 15;
    }

    /** Return a sub-block's scale: 6 bits, of which the last four blocks have the upper two elsewhere. */
    private static int scale(ByteBuffer in, int scales, int block) {
        return block < 4
                ? in.get(scales + block) & 63
                : (in.get(scales + 4 + block) & 15) | upper(in, scales + block - 4);
    }

    /** Return a sub-block's minimum, stored like the scales. */
    private static int minimum(ByteBuffer in, int scales, int block) {
        return block < 4
                ? in.get(scales + 4 + block) & 63
                : ((in.get(scales + 4 + block) >>> 4) & 15) | upper(in, scales + block);
    }

    private static int upper(ByteBuffer in, int at) {
        return ((in.get(at) >>> 6) & 3) << 4;
    }
}
