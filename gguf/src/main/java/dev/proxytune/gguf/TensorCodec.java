package dev.proxytune.gguf;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Turns floats into stored elements and back: F32, F16, BF16, Q8_0, Q4_0 and Q4_1, and back only: Q5_0, Q5_1, Q4_K, Q5_K
 * and Q6_K.
 *
 * <p>The results equal those of ggml's reference functions bit for bit, so a file written here behaves as one made by
 * llama.cpp's own tools.
 */
public final class TensorCodec {

    private TensorCodec() {}

    /** Tell whether {@link #encode} takes the type. */
    public static boolean canEncode(TensorType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1 -> true;
            default -> false;
        };
    }

    /** Tell whether {@link #decode} takes the type; it takes all that {@link #encode} does. */
    public static boolean canDecode(TensorType type) {
        return switch (type) {
            case Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
            default -> canEncode(type);
        };
    }

    /**
     * Encode floats into a little-endian buffer, advancing its position.
     *
     * @param offset first element of the source
     * @param count elements to encode, a multiple of the type's block size
     * @throws UnsupportedOperationException if {@link #canEncode} denies the type
     * @throws IllegalArgumentException if the count is not whole blocks, or an element bound for a quantized type is
     *     not finite
     */
    public static void encode(TensorType type, float[] source, int offset, int count, ByteBuffer destination) {
        check(type, canEncode(type), source.length, offset, count);
        int end = offset + count;
        for (int i = offset; i < end; i += type.blockSize()) {
            switch (type) {
                case F32 -> destination.putFloat(source[i]);
                case F16 -> destination.putShort(Float.floatToFloat16(source[i]));
                case BF16 -> destination.putShort(toBrainFloat(source[i]));
                case Q8_0 -> encodeQ80(source, i, destination);
                case Q4_0 -> encodeQ40(source, i, destination);
                case Q4_1 -> encodeQ41(source, i, destination);
                default -> throw unsupported(type);
            }
        }
    }

    /**
     * Decode elements from a little-endian buffer, advancing its position.
     *
     * @param offset first element of the destination
     * @param count elements to decode, a multiple of the type's block size
     * @throws UnsupportedOperationException if {@link #canDecode} denies the type
     * @throws IllegalArgumentException if the count is not whole blocks
     */
    public static void decode(TensorType type, ByteBuffer source, float[] destination, int offset, int count) {
        check(type, canDecode(type), destination.length, offset, count);
        if (type == TensorType.F32) {
            source.slice().order(source.order()).asFloatBuffer().get(destination, offset, count);
            source.position(source.position() + count * Float.BYTES);
            return;
        }
        int end = offset + count;
        for (int i = offset; i < end; i += type.blockSize()) {
            switch (type) {
                case F16 -> destination[i] = Float.float16ToFloat(source.getShort());
                case BF16 -> destination[i] = Float.intBitsToFloat(source.getShort() << 16);
                case Q8_0 -> decodeQ80(source, destination, i);
                case Q4_0 -> decodeQ40(source, destination, i);
                case Q4_1 -> decodeQ41(source, destination, i);
                case Q5_0 -> decodeQ50(source, destination, i);
                case Q5_1 -> decodeQ51(source, destination, i);
                case Q4_K -> SuperBlocks.decodeQ4K(source, destination, i);
                case Q5_K -> SuperBlocks.decodeQ5K(source, destination, i);
                case Q6_K -> SuperBlocks.decodeQ6K(source, destination, i);
                default -> throw unsupported(type);
            }
        }
    }

    private static void check(TensorType type, boolean supported, int length, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        if (!supported) {
            throw unsupported(type);
        }
        type.rowBytes(count);
    }

    private static UnsupportedOperationException unsupported(TensorType type) {
        String missing = canDecode(type) ? "encoder" : "codec";
        return new UnsupportedOperationException("no " + missing + " for tensor type " + type.label());
    }

    private static short toBrainFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 64);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static IllegalArgumentException notFinite(int at) {
        return new IllegalArgumentException("elements " + at + " to " + (at + 31) + " are not all finite");
    }

    private static void encodeQ80(float[] x, int at, ByteBuffer out) {
        float largest = 0;
        boolean finite = true;
        for (int i = at; i < at + 32; i++) {
            float size = Math.abs(x[i]);
            finite &= size <= Float.MAX_VALUE;
            largest = Math.max(largest, size);
        }
        if (!finite) {
            throw notFinite(at);
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int position = out.position();
        out.putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < 32; i++) {
            out.put(position + 2 + i, (byte) roundHalfAway(x[at + i] * inverse));
        }
        out.position(position + 34);
    }

    private static int roundHalfAway(float value) {
        // In double the sum is exact, so the largest float below one half does not round up.
        return (int) (value < 0 ? value - 0.5 : value + 0.5);
    }

    private static void decodeQ80(ByteBuffer in, float[] x, int at) {
        float scale = Float.float16ToFloat(in.getShort());
        for (int i = 0; i < 32; i++) {
            x[at + i] = in.get() * scale;
        }
    }

    private static void encodeQ40(float[] x, int at, ByteBuffer out) {
        float largest = 0;
        float extreme = 0;
        boolean finite = true;
        for (int i = at; i < at + 32; i++) {
            float size = Math.abs(x[i]);
            finite &= size <= Float.MAX_VALUE;
            if (largest < size) {
                largest = size;
                extreme = x[i];
            }
        }
        if (!finite) {
            throw notFinite(at);
        }
        // The extreme value maps to -8, the end of the range that has no positive counterpart.
        float scale = extreme / -8;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int position = out.position();
        out.putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < 16; i++) {
            int low = Math.min(15, (byte) (int) (x[at + i] * inverse + 8.5f));
            int high = Math.min(15, (byte) (int) (x[at + 16 + i] * inverse + 8.5f));
            out.put(position + 2 + i, (byte) (low | (high << 4)));
        }
        out.position(position + 18);
    }

    private static void decodeQ40(ByteBuffer in, float[] x, int at) {
        float scale = Float.float16ToFloat(in.getShort());
        for (int i = 0; i < 16; i++) {
            int pair = in.get();
            x[at + i] = ((pair & 15) - 8) * scale;
            x[at + 16 + i] = (((pair >>> 4) & 15) - 8) * scale;
        }
    }

    private static void encodeQ41(float[] x, int at, ByteBuffer out) {
        float least = Float.MAX_VALUE;
        float most = -Float.MAX_VALUE;
        boolean finite = true;
        for (int i = at; i < at + 32; i++) {
            finite &= Math.abs(x[i]) <= Float.MAX_VALUE;
            least = Math.min(least, x[i]);
            most = Math.max(most, x[i]);
        }
        if (!finite) {
            throw notFinite(at);
        }
        float scale = (most - least) / 15;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int position = out.position();
        out.putShort(Float.floatToFloat16(scale));
        out.putShort(Float.floatToFloat16(least));
        for (int i = 0; i < 16; i++) {
            int low = Math.min(15, (byte) (int) ((x[at + i] - least) * inverse + 0.5f));
            int high = Math.min(15, (byte) (int) ((x[at + 16 + i] - least) * inverse + 0.5f));
            out.put(position + 4 + i, (byte) (low | (high << 4)));
        }
        out.position(position + 20);
    }

    private static void decodeQ41(ByteBuffer in, float[] x, int at) {
        float scale = Float.float16ToFloat(in.getShort());
        float least = Float.float16ToFloat(in.getShort());
        for (int i = 0; i < 16; i++) {
            int pair = in.get();
            x[at + i] = (pair & 15) * scale + least;
            x[at + 16 + i] = ((pair >>> 4) & 15) * scale + least;
        }
    }

    private static void decodeQ50(ByteBuffer in, float[] x, int at) {
        float scale = Float.float16ToFloat(in.getShort());
        int fifths = in.getInt();
        for (int i = 0; i < 16; i++) {
            int pair = in.get();
            x[at + i] = (((pair & 15) | fifth(fifths, i)) - 16) * scale;
            x[at + 16 + i] = ((((pair >>> 4) & 15) | fifth(fifths, 16 + i)) - 16) * scale;
        }
    }

    private static void decodeQ51(ByteBuffer in, float[] x, int at) {
        float scale = Float.float16ToFloat(in.getShort());
        float least = Float.float16ToFloat(in.getShort());
        int fifths = in.getInt();
        for (int i = 0; i < 16; i++) {
            int pair = in.get();
            x[at + i] = ((pair & 15) | fifth(fifths, i)) * scale + least;
            x[at + 16 + i] = (((pair >>> 4) & 15) | fifth(fifths, 16 + i)) * scale + least;
        }
    }

    private static int fifth(int fifths, int element) {
        return ((fifths >>> element) & 1) << 4;
    }
}
