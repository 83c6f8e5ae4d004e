package dev.proxytune;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Compute over rows of logits, in blocks that stay in the first-level cache. Not thread-safe: it holds scratch arrays.
 */
final class Kernels {
    /*
     * Implementation note. The loops below are short and separate because the JIT compiler turns a loop into SIMD code
     * only if it holds one kind of work: arithmetic on floats, a cast, a shift, a reduction by element. One loop that
     * does all of it runs scalar and takes five times as long. So does a loop over two arrays at different places
     * (a[i] and b[from + i]), as the compiler cannot know that they are not one array: blocks are copied to the start
     * of an array of our own first. For the same reasons the reinterpretation of bits as floats goes through views of
     * one buffer, which are block copies, and a block is summed by adding its upper half to its lower half until little
     * is left.
     *
     * exp(x) is 2^k · 2^f with k = round(x·log2 e) and |f| <= 1/2. Adding 1.5·2^23 to a float rounds it to an integer
     * and leaves that integer in the low bits of the sum. 2^f is a polynomial of degree 6 (Taylor coefficients of 2^f,
     * relative error below 2e-7 on the interval). x is held at -126 from below and 2^-126 taken off every result, which
     * makes what is impossible exactly 0 and changes nothing that a sum of a vocabulary could show.
     */
    static final int BLOCK = 1024;

    private static final float LOG2_E = 1.442695f;
    private static final float ROUNDER = 12582912f;
    private static final int ROUNDER_BITS = 0x4B400000;
    private static final int EXPONENT_BIAS = 127;

    private final float[] x = new float[BLOCK];
    private final float[] rounded = new float[BLOCK];
    private final float[] power = new float[BLOCK];
    private final float[] work = new float[BLOCK];
    private final float[] block = new float[BLOCK];
    private final int[] bits = new int[BLOCK];
    private final ByteBuffer memory = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
    private final FloatBuffer floats = memory.asFloatBuffer();
    private final IntBuffer ints = memory.asIntBuffer();

    /** Return the id of the largest logit, the lowest of several equal ones, or −1 if none is finite or one is NaN. */
    int argmax(float[] logits, int count) {
        float[] columns = power;
        Arrays.fill(columns, Float.NEGATIVE_INFINITY);
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            System.arraycopy(logits, from, x, 0, length);
            for (int i = 0; i < length; i++) {
                columns[i] = Math.max(columns[i], x[i]);
            }
        }
        float max = max(columns, BLOCK);
        if (!Float.isFinite(max)) {
            return -1;
        }
        int best = count;
        for (int column = 0; column < BLOCK; column++) {
            if (columns[column] == max) {
                int id = column;
                while (logits[id] != max) {
                    id += BLOCK;
                }
                best = Math.min(best, id);
            }
        }
        return best;
    }

    /** Return the id of the largest logit of a row, as {@link #argmax(float[], int)} does. */
    int argmax(Row row) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int from = 0; from < row.size(); from += BLOCK) {
            int count = Math.min(BLOCK, row.size() - from);
            row.copyTo(from, block, 0, count);
            float blockMax = max(block, count);
            if (Float.isNaN(blockMax)) {
                return -1;
            }
            if (blockMax > max) {
                max = blockMax;
                best = from + argmax(block, count);
            }
        }
        return Float.isFinite(max) ? best : -1;
    }

    /** Return log Σ exp(logit) over the first {@code count} tokens of a row; NaN if a logit is, −∞ if all are. */
    double logSumExp(Row row, int count) {
        float max = Float.NEGATIVE_INFINITY;
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            row.copyTo(from, block, 0, length);
            float blockMax = Math.max(max, max(block, length));
            if (Float.isNaN(blockMax) || blockMax == Float.POSITIVE_INFINITY) {
                return blockMax;
            }
            if (blockMax > max) {
                sum *= Math.exp(max - blockMax);
                max = blockMax;
            }
            if (max > Float.NEGATIVE_INFINITY) {
                sum += exp(block, 0, length, max, 1);
            }
        }
        return max + Math.log(sum);
    }

    /**
     * Compute exp((logit − max)·scale) of all logits into {@code weights}, which may be the same array, and the sums of
     * its blocks into {@code blockSums}, and return the sum of all.
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

    /** Compute the sums of the blocks of an array and return the sum of all. */
    double sum(float[] values, int count, double[] blockSums) {
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int length = Math.min(BLOCK, count - from);
            System.arraycopy(values, from, power, 0, length);
            blockSums[from / BLOCK] = sumOfPower(length);
            sum += blockSums[from / BLOCK];
        }
        return sum;
    }

    /** Return the sum of those of the values from {@code start} up to {@code end} that are above a threshold. */
    double sumAbove(float[] values, int start, int end, float threshold) {
        double sum = 0;
        for (int from = start; from < end; from += BLOCK) {
            int length = Math.min(BLOCK, end - from);
            System.arraycopy(values, from, power, 0, length);
            for (int i = 0; i < length; i++) {
                x[i] = Math.max(power[i] - threshold, 0f);
            }
            // Any positive difference becomes 1: a comparison that the compiler can vectorise.
            for (int i = 0; i < length; i++) {
                x[i] = Math.min(x[i] * 0x1p100f * 0x1p100f, 1f);
            }
            for (int i = 0; i < length; i++) {
                power[i] *= x[i];
            }
            sum += sumOfPower(length);
        }
        return sum;
    }

    /** Compute exp((logit − max)·scale) of one block into {@link #power} and return the sum. */
    private double exp(float[] logits, int from, int count, float max, float scale) {
        float factor = Math.min(scale * LOG2_E, Float.MAX_VALUE);
        System.arraycopy(logits, from, x, 0, count);
        for (int i = 0; i < count; i++) {
            x[i] = (x[i] - max) * factor;
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
            power[i] = power[i] * rounded[i] - Float.MIN_NORMAL;
        }
        return sumOfPower(count);
    }

    /** Return the sum of the first values in {@link #power}, which is filled up with zeros. */
    private double sumOfPower(int count) {
        Arrays.fill(power, count, BLOCK, 0);
        for (int i = 0; i < BLOCK / 2; i++) {
            work[i] = power[i] + power[BLOCK / 2 + i];
        }
        for (int i = 0; i < BLOCK / 4; i++) {
            work[i] += work[BLOCK / 4 + i];
        }
        for (int i = 0; i < BLOCK / 8; i++) {
            work[i] += work[BLOCK / 8 + i];
        }
        double sum = 0;
        for (int i = 0; i < BLOCK / 8; i++) {
            sum += work[i];
        }
        return sum;
    }

    /** Return the largest of the first values of a block, or NaN if one is NaN; the rest of the block is overwritten. */
    private float max(float[] values, int count) {
        Arrays.fill(values, count, BLOCK, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < BLOCK / 2; i++) {
            work[i] = Math.max(values[i], values[BLOCK / 2 + i]);
        }
        for (int i = 0; i < BLOCK / 4; i++) {
            work[i] = Math.max(work[i], work[BLOCK / 4 + i]);
        }
        for (int i = 0; i < BLOCK / 8; i++) {
            work[i] = Math.max(work[i], work[BLOCK / 8 + i]);
        }
        float max = work[0];
        for (int i = 1; i < BLOCK / 8; i++) {
            max = Math.max(max, work[i]);
        }
        return max;
    }

    /**
     * Compute the differences of the first values of two blocks, NaN where a value is infinite, and return whether one
     * is NaN.
     */
    boolean subtract(float[] first, float[] second, float[] differences, int count) {
        for (int i = 0; i < count; i++) {
            differences[i] = first[i] - second[i] + 0 * (first[i] + second[i]);
        }
        return Float.isNaN(max(differences, count));
    }

    /** Add {@code weight·(values − zero)} to the first values of a block. */
    void addScaled(float[] sums, float[] values, int count, float weight, float zero) {
        for (int i = 0; i < count; i++) {
            sums[i] += weight * (values[i] - zero);
        }
    }
}
