package dev.proxytune.tune;

import dev.proxytune.CapacityException;
import java.util.Arrays;

/** A list of whole numbers, such as token ids, that grows at its end. Not thread-safe. */
final class TokenList {
    private static final int LONGEST = Integer.MAX_VALUE - 8;

    private int[] values = new int[8];
    private int size;

    int size() {
        return size;
    }

    int get(int index) {
        return values[index];
    }

    void add(int value) {
        ensure(size + 1L);
        values[size++] = value;
    }

    void addAll(int[] more) {
        ensure((long) size + more.length);
        System.arraycopy(more, 0, values, size, more.length);
        size += more.length;
    }

    void removeLast() {
        size--;
    }

    private void ensure(long needed) {
        if (needed > LONGEST) {
            throw new CapacityException("More than " + LONGEST + " tokens do not fit into one list: give less text");
        }
        if (needed > values.length) {
            long grown = values.length + (long) (values.length >> 1);
            values = Arrays.copyOf(values, (int) Math.min(Math.max(needed, grown), LONGEST));
        }
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
