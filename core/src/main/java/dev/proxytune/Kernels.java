package dev.proxytune;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Compute over rows of logits, in blocks that stay in the first-level cache. Not thread-safe: it holds scratch arrays.
 */
final class Kernels {
    /*
     * Implementation note. The loops below are short and separate because the JIT compiler turns a loop into SIMD code
     * only if it holds one kind of work: arithmetic on floats, a cast, a shift, a reduction by element. One loop that
     * does all of it runs scalar and takes five times as long. For the same reason the reinterpretation of bits as
     * floats goes through views of one buffer, which are block copies, and sums run over arrays of partial sums.
     *
     * exp(x) is 2^k · 2^f with k = round(x·log2 e) and |f| <= 1/2. Adding 1.5·2^23 to a float rounds it to an integer
     * and leaves that integer in the low bits of the sum. 2^f is a polynomial of degree 6 (Taylor coefficients of 2^f,
     * relative error below 2e-7 on the interval). Results below 2^-126 count as 2^-126, which no sum of a vocabulary
     * can tell from 0.
     */
    static final int BLOCK = 1024;

    private static final float LOG2_E = 1.442695f;
    private static final float ROUNDER = 12582912f;
    private static final int ROUNDER_BITS = 0x4B400000;
    private static final int EXPONENT_BIAS = 127;

    private final float[] x = new float[BLOCK];
    private final float[] rounded = new float[BLOCK];
    private final float[] power = new float[BLOCK];
    private final float[] partial = new float[BLOCK];
    private final float[] block = new float[BLOCK];
    private final int[] bits = new int[BLOCK];
    private final ByteBuffer memory = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
    private final FloatBuffer floats = memory.asFloatBuffer();
    private final IntBuffer ints = memory.asIntBuffer();

    /** Return the id of the largest logit, the lowest of several equal ones, or −1 if none is finite or one is NaN. */
    int argmax(float[] logits, int count) {
        if (hasNan(logits, count)) {
            return -1;
        }
        int best = 0;
        float max = logits[0];
        for (int i = 1; i < count; i++) {
            if (logits[i] > max) {
                max = logits[i];
                best = i;
            }
        }
        return Float.isFinite(max) ? best : -1;
    }

    /** Return the id of the largest logit of a row, as {@link #argmax(float[], int)} does. */
    int argmax(Row row) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int from = 0; from < row.size(); from += BLOCK) {
            int count = Math.min(BLOCK, row.size() - from);
            row.copyTo(from, block, 0, count);
            if (hasNan(block, count)) {
                return -1;
            }
            for (int i = 0; i < count; i++) {
                if (block[i] > max) {
                    max = block[i];
                    best = from + i;
                }
            }
        }
        return Float.isFinite(max) ? best : -1;
    }

    /** Return log Σ exp(logit) over the first {@code count} tokens of a row; NaN if a logit is, −∞ if all are. */
    double logSumExp(Row row, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            row.copyTo(from, block, 0, length);
            for (int i = 0; i < length; i++) {
                max = Math.max(max, block[i]);
            }
        }
        if (!Float.isFinite(max)) {
            return max;
        }
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            row.copyTo(from, block, 0, length);
            sum += exp(block, 0, length, max, 1);
        }
        return max + Math.log(sum);
    }

    /** Return log Σ exp(logit) of an array whose largest value is {@code max}, which must be finite. */
    double logSumExp(float[] logits, int count, float max) {
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            sum += exp(logits, from, Math.min(BLOCK, count - from), max, 1);
        }
        return max + Math.log(sum);
    }

    /**
     * Compute exp((logit − max)·scale) of all logits into {@code weights} and the sums of its blocks into
     * {@code blockSums}, and return the sum of all.
     */
    double softmax(float[] logits, int count, float max, float scale, float[] weights, double[] blockSums) {
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            double blockSum = exp(logits, from, length, max, scale);
            System.arraycopy(power, 0, weights, from, length);
            blockSums[from / BLOCK] = blockSum;
            sum += blockSum;
        }
        return sum;
    }

    /** Compute exp((logit − max)·scale) of one block into {@link #power} and return the sum. */
    private double exp(float[] logits, int from, int count, float max, float scale) {
        float factor = scale * LOG2_E;
        for (int i = 0; i < count; i++) {
            x[i] = (logits[from + i] - max) * factor;
        }
        for (int i = 0; i < count; i++) {
            x[i] = Math.max(x[i], -126f);
        }
        for (int i = 0; i < count; i++) {
            rounded[i] = x[i] + ROUNDER;
        }
        for (int i = 0; i < count; i++) {
            float f = x[i] - (rounded[i] - ROUNDER);
            float p = 1.540353e-4f;
            p = 1.3333558e-3f + f * p;
            p = 9.618129e-3f + f * p;
            p = 5.550411e-2f + f * p;
            p = 0.2402265f + f * p;
            p = 0.6931472f + f * p;
            power[i] = 1 + f * p;
        }
        floats.put(0, rounded, 0, count);
        ints.get(0, bits, 0, count);
        for (int i = 0; i < count; i++) {
            bits[i] = (bits[i] - ROUNDER_BITS + EXPONENT_BIAS) << 23;
        }
        ints.put(0, bits, 0, count);
        floats.get(0, rounded, 0, count);
        for (int i = 0; i < count; i++) {
            power[i] *= rounded[i];
        }
        return sum(power, count);
    }

    private double sum(float[] values, int count) {
        int lanes = 64;
        if (count < BLOCK) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += values[i];
            }
            return sum;
        }
        System.arraycopy(values, 0, partial, 0, lanes);
        for (int from = lanes; from < BLOCK; from += lanes) {
            for (int i = 0; i < lanes; i++) {
                partial[i] += values[from + i];
            }
        }
        double sum = 0;
        for (int i = 0; i < lanes; i++) {
            sum += partial[i];
        }
        return sum;
    }

    private static boolean hasNan(float[] logits, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.max(sum, logits[i]);
        }
        return Float.isNaN(sum);
    }
}
