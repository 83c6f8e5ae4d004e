package dev.proxytune;

import java.util.Arrays;

/** Find the largest of many logits: the lower ids where several are equal, and none that is −∞. Not thread-safe. */
public final class Largest {
    /** The worst of those kept is at the root. */
    private long[] heap = new long[0];

    private int size;
    private float least;
    private float[] block = new float[0];

    /** Create what finds nothing yet. */
    public Largest() {}

    /**
     * Find the {@code k} largest of the first {@code count} values of an array; fewer if there are no more. What was found
     * before is forgotten.
     *
     * @param logits none of the first {@code count} NaN
     * @param count from 0 to the array's length
     * @param k from 0 up
     */
    public void find(float[] logits, int count, int k) {
        begin(Math.min(k, count));
        add(logits, count, 0);
        end();
    }

    /** Find the {@code k} largest among the first {@code count} logits of a row; fewer if there are no more. */
    void find(Row row, int count, int k) {
        if (block.length == 0) {
            block = new float[Kernels.BLOCK];
        }
        begin(Math.min(k, count));
        for (int from = 0; from < count; from += block.length) {
            int length = Math.min(block.length, count - from);
            row.copyTo(from, block, 0, length);
            add(block, length, from);
        }
        end();
    }

    /** Return how many were found. */
    public int size() {
        return size;
    }

    /**
     * Return the id of one of them.
     *
     * @param place 0 for the largest, below {@link #size}
     */
    public int id(int place) {
        return (int) heap[place];
    }

    private void begin(int k) {
        if (heap.length < k) {
            heap = new long[k];
        }
        size = k;
        Arrays.fill(heap, 0, k, Long.MAX_VALUE);
        least = k == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
    }

    private void add(float[] logits, int count, int firstId) {
        for (int i = 0; i < count; i++) {
            if (logits[i] > least) {
                siftDown(sortKey(logits[i], firstId + i));
                least = value(heap[0]);
            }
        }
    }

    private void end() {
        Arrays.sort(heap, 0, size);
        while (size > 0 && heap[size - 1] == Long.MAX_VALUE) {
            size--;
        }
    }

    /** Return a number that is the smaller the larger the value is and, among equal values, the smaller the id is. */
    private static long sortKey(float value, int id) {
        int bits = Float.floatToIntBits(value + 0f); // −0 becomes 0
        int ascending = bits ^ ((bits >> 31) & 0x7FFFFFFF);
        return ((long) ~ascending << 32) | id;
    }

    /** Return the value that a sort key was made of, −∞ for that of an empty place. */
    private static float value(long key) {
        if (key == Long.MAX_VALUE) {
            return Float.NEGATIVE_INFINITY;
        }
        int ascending = ~(int) (key >> 32);
        return Float.intBitsToFloat(ascending ^ ((ascending >> 31) & 0x7FFFFFFF));
    }

    /** Put a key in the place of the worst. */
    private void siftDown(long key) {
        int hole = 0;
        int child = 1;
        while (child < size) {
            if (child + 1 < size && heap[child + 1] > heap[child]) {
                child++;
            }
            if (heap[child] <= key) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
            child = 2 * hole + 1;
        }
        heap[hole] = key;
    }
}
