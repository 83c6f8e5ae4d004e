package dev.proxytune;

import java.util.Arrays;

/**
 * Hold the tokens that may be drawn, with weights proportional to their probabilities. Not thread-safe.
 *
 * <p>As long as nothing is cut off, all tokens of the vocabulary are candidates and stand in the order of their ids.
 */
final class Candidates {
    /*
     * Implementation note. Sorting a vocabulary to find its nucleus would take many times longer than the softmax. A
     * token of a probability below (1 − p)/n cannot belong to the nucleus of n tokens: all such tokens together have
     * less than 1 − p. That leaves few candidates where a model is sure of itself. Where it is not, a histogram of the
     * weights by their float exponent and upper mantissa bits finds the bucket in which the sum reaches p, and only
     * what lies in that bucket or above is sorted.
     */
    private static final int SORTABLE = 1024;
    private static final int BUCKET_SHIFT = 18;

    private final Kernels kernels;
    private final int vocabularySize;
    private final float[] weights;
    private final double[] blockSums;
    private final int[] ids;
    private final float[] kept;
    private final long[] order;
    private final double[] buckets = new double[(Float.floatToRawIntBits(1f) >>> BUCKET_SHIFT) + 1];
    private boolean whole;
    private int size;
    private double total;

    Candidates(int vocabularySize, Kernels kernels) {
        this.kernels = kernels;
        this.vocabularySize = vocabularySize;
        this.weights = new float[vocabularySize];
        this.blockSums = new double[vocabularySize / Kernels.BLOCK + 1];
        this.ids = new int[vocabularySize];
        this.kept = new float[vocabularySize];
        this.order = new long[vocabularySize];
    }

    /**
     * Start anew from a row.
     *
     * @param max the largest of the logits
     * @param topK how many of the largest to take, 0 for all
     */
    void fill(float[] logits, float max, float temperature, int topK) {
        total = kernels.softmax(logits, vocabularySize, max, 1 / temperature, weights, blockSums);
        whole = true;
        size = vocabularySize;
        if (topK > 0 && topK < vocabularySize) {
            keepLargest(logits, topK);
        }
    }

    /** Keep the fewest likeliest candidates whose probabilities reach {@code p} together; at least one. */
    void keepNucleus(double p) {
        double enough = p * total;
        collectAbove((float) ((total - enough) / size));
        if (size > SORTABLE) {
            collectAbove(bucketReaching(enough));
        }
        sort();
        double sum = 0;
        int count = 0;
        while (count < size && sum < enough) {
            sum += kept[count++];
        }
        size = Math.max(count, 1);
        total = size == count ? sum : kept[0];
    }

    /** Keep the candidates that have at least {@code fraction} of the likeliest one's probability. */
    void keepAbove(float fraction) {
        collectAbove(fraction);
        total = 0;
        for (int i = 0; i < size; i++) {
            total += kept[i];
        }
    }

    /** Return the candidate at a place between 0 and 1 on the line of all weights laid end to end. */
    int draw(double place) {
        double left = place * total;
        if (!whole) {
            for (int i = 0; i < size - 1; i++) {
                left -= kept[i];
                if (left < 0) {
                    return ids[i];
                }
            }
            return ids[size - 1];
        }
        int from = 0;
        while (from + Kernels.BLOCK < size && left >= blockSums[from / Kernels.BLOCK]) {
            left -= blockSums[from / Kernels.BLOCK];
            from += Kernels.BLOCK;
        }
        int last = from;
        for (int i = from; i < size; i++) {
            if (weights[i] > Float.MIN_NORMAL) {
                last = i;
            }
            left -= weights[i];
            if (left < 0) {
                break;
            }
        }
        return last;
    }

    /** Keep the {@code k} largest logits, the lower ids where several are equal, in order. */
    private void keepLargest(float[] logits, int k) {
        int count = 0;
        for (int id = 0; id < vocabularySize; id++) {
            if (count < k) {
                order[count++] = sortKey(logits[id], id);
                if (count == k) {
                    heapify(k);
                }
            } else if (sortKey(logits[id], id) < order[0]) {
                order[0] = sortKey(logits[id], id);
                siftDown(0, k);
            }
        }
        Arrays.sort(order, 0, k);
        total = 0;
        for (int i = 0; i < k; i++) {
            ids[i] = (int) order[i];
            kept[i] = weights[ids[i]];
            total += kept[i];
        }
        size = k;
        whole = false;
    }

    private void collectAbove(float threshold) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            float weight = whole ? weights[i] : kept[i];
            if (weight >= threshold) {
                ids[count] = whole ? i : ids[i];
                kept[count++] = weight;
            }
        }
        size = count;
        whole = false;
    }

    /** Return the least weight of the bucket in which the sum of the weights, from the largest down, reaches a sum. */
    private float bucketReaching(double enough) {
        Arrays.fill(buckets, 0);
        for (int i = 0; i < size; i++) {
            buckets[Float.floatToRawIntBits(kept[i]) >>> BUCKET_SHIFT] += kept[i];
        }
        double sum = 0;
        int bucket = buckets.length;
        while (bucket > 0 && sum < enough) {
            sum += buckets[--bucket];
        }
        return Float.intBitsToFloat(bucket << BUCKET_SHIFT);
    }

    private void sort() {
        for (int i = 0; i < size; i++) {
            order[i] = sortKey(kept[i], ids[i]);
        }
        Arrays.sort(order, 0, size);
        for (int i = 0; i < size; i++) {
            ids[i] = (int) order[i];
            kept[i] = weights[ids[i]];
        }
    }

    /** Return a number that is the smaller the larger the value is and, among equal values, the smaller the id is. */
    private static long sortKey(float value, int id) {
        int bits = Float.floatToIntBits(value);
        int ascending = bits ^ ((bits >> 31) & 0x7FFFFFFF);
        return ((long) ~ascending << 32) | id;
    }

    private void heapify(int k) {
        for (int i = k / 2 - 1; i >= 0; i--) {
            siftDown(i, k);
        }
    }

    private void siftDown(int start, int k) {
        long key = order[start];
        int hole = start;
        int child = 2 * hole + 1;
        while (child < k) {
            if (child + 1 < k && order[child + 1] > order[child]) {
                child++;
            }
            if (order[child] <= key) {
                break;
            }
            order[hole] = order[child];
            hole = child;
            child = 2 * hole + 1;
        }
        order[hole] = key;
    }
}
