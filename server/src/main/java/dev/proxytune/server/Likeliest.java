package dev.proxytune.server;

import java.util.Arrays;

/** Finds the smallest of many distances. */
final class Likeliest {
    private Likeliest() {}

    /**
     * Return the ids of the smallest values, from the smallest up; of equal ones the lowest ids.
     *
     * @param values from 0 up, none NaN
     * @param count how many, at least 1 and at most as many as there are
     */
    static int[] of(float[] values, int count) {
        // Bits of floats from 0 up are in the order of the floats; below them the id decides.
        long[] heap = new long[count];
        int size = 0;
        for (int id = 0; id < values.length; id++) {
            long key = (long) Float.floatToRawIntBits(values[id] + 0f) << Integer.SIZE | id;
            if (size < count) {
                heap[size] = key;
                rise(heap, size++);
            } else if (key < heap[0]) {
                heap[0] = key;
                sink(heap);
            }
        }
        Arrays.sort(heap);
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> (int) heap[i]);
        return ids;
    }

    private static void rise(long[] heap, int from) {
        int place = from;
        while (place > 0 && heap[(place - 1) / 2] < heap[place]) {
            swap(heap, place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    private static void sink(long[] heap) {
        int place = 0;
        int larger = largerChild(heap, place);
        while (larger < heap.length && heap[larger] > heap[place]) {
            swap(heap, place, larger);
            place = larger;
            larger = largerChild(heap, place);
        }
    }

    private static int largerChild(long[] heap, int place) {
        int left = 2 * place + 1;
        return left + 1 < heap.length && heap[left + 1] > heap[left] ? left + 1 : left;
    }

    private static void swap(long[] heap, int one, int other) {
        long value = heap[one];
        heap[one] = heap[other];
        heap[other] = value;
    }
}
