package dev.proxytune.tune;

import java.util.Arrays;

/**
 * Puts pieces into rows: each into the first row that has room for it.
 *
 * <p>A tree over the rows holds in each node the most room of the rows below, so finding a row takes as many steps as
 * the tree is high. Not thread-safe.
 */
final class FirstFit {
    private final int length;
    private final int leaves;
    private final int[] room;
    private int rows;

    /**
     * Create rows without anything in them.
     *
     * @param length room of a row
     * @param most the most rows that can be needed: the number of pieces
     */
    FirstFit(int length, int most) {
        this.length = length;
        this.leaves = Math.max(1, Integer.highestOneBit(Math.max(1, most) * 2 - 1));
        this.room = new int[2 * leaves];
        Arrays.fill(room, length);
    }

    /**
     * Put a piece into a row and return which.
     *
     * @param size room that it takes, 1 to the length of a row
     */
    int put(int size) {
        if (size < 1 || size > length) {
            throw new IllegalArgumentException("a piece of " + size + " does not fit a row of " + length);
        }
        int node = 1;
        while (node < leaves) {
            node = room[2 * node] >= size ? 2 * node : 2 * node + 1;
        }
        int row = node - leaves;
        room[node] -= size;
        for (int above = node / 2; above > 0; above /= 2) {
            room[above] = Math.max(room[2 * above], room[2 * above + 1]);
        }
        rows = Math.max(rows, row + 1);
        return row;
    }

    /** Return the number of rows that hold something. */
    int rows() {
        return rows;
    }
}
