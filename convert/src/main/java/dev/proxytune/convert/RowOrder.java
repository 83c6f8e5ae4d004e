package dev.proxytune.convert;

/**
 * Where each row of a matrix comes from.
 *
 * @param headSize rows of a head whose rotated pairs are put together, even; 0 if rows stay where they are
 */
record RowOrder(int headSize) {
    /** Rows as they are stored. */
    static final RowOrder SAME = new RowOrder(0);

    /**
     * Return the order that puts next to each other the two rows of each head that are rotated together.
     *
     * <p>transformers rotates row i of a head with row i + size / 2.
     *
     * @param headSize rows of a head, even
     */
    static RowOrder neighbours(int headSize) {
        return new RowOrder(headSize);
    }

    boolean isSame() {
        return headSize == 0;
    }

    /** Return the stored row for a row. */
    long source(long row) {
        if (isSame()) {
            return row;
        }
        long inHead = row % headSize;
        return row - inHead + inHead % 2 * (headSize / 2) + inHead / 2;
    }
}
