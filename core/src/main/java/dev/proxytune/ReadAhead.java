package dev.proxytune;

import java.util.Arrays;

/**
 * Remember what one role has read of a sequence beyond its answer, and what it said.
 *
 * <p>The arrays of the rows are kept and used again. Not thread-safe.
 */
final class ReadAhead {
    private int start;
    private int count;
    private int[] tokens = new int[8];
    private float[][] rows = new float[8][];

    /** Drop everything. */
    void clear() {
        count = 0;
    }

    /** Begin behind an answer of {@code length} tokens, unless tokens beyond it have been read already. */
    void begin(int length) {
        if (!isBeyond(length)) {
            start = length;
            count = 0;
        }
    }

    /** Return how long the answer would be with all that was read. */
    int end() {
        return start + count;
    }

    boolean isBeyond(int length) {
        return count > 0 && end() > length;
    }

    /** Add a token, with an array for the row after it. */
    void add(int token, int vocabularySize) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, count * 2);
            rows = Arrays.copyOf(rows, count * 2);
        }
        tokens[count] = token;
        if (rows[count] == null || rows[count].length != vocabularySize) {
            rows[count] = new float[vocabularySize];
        }
        count++;
    }

    /** Return whether the token at a place of the answer was read ahead, and was another one. */
    boolean contradicts(int place, int token) {
        return place >= start && place < end() && tokens[place - start] != token;
    }

    /** Drop what was read beyond an answer of {@code length} tokens. */
    void cut(int length) {
        count = Math.clamp((long) length - start, 0, count);
    }

    /** Return whether the row after an answer of {@code length} tokens is kept. */
    boolean holds(int length) {
        return length > start && length <= end();
    }

    float[] row(int length) {
        return rows[length - start - 1];
    }
}
