package dev.proxytune.tune;

import java.util.Arrays;

/**
 * Rows of tokens that one pass forward and backward takes.
 *
 * <p>The arrays are shared, not copied: nobody writes to them once the batch is made.
 */
public final class TokenBatch {
    /** Target of a token whose successor does not count. */
    public static final int UNCOUNTED = -1;

    private final int rows;
    private final int length;
    private final int[] ids;
    private final int[] targets;
    private final int[] segments;

    /**
     * Create a batch.
     *
     * @param rows number of rows
     * @param length tokens in a row
     * @param ids token ids, row after row, {@code rows * length} of them
     * @param targets the token that should follow each token, or {@link #UNCOUNTED} where no loss is wanted
     * @param segments number of the example that each token belongs to, rising within a row; a token sees only those
     *     of its own example. Empty where every row is one text
     */
    public TokenBatch(int rows, int length, int[] ids, int[] targets, int[] segments) {
        int tokens = Math.multiplyExact(rows, length);
        if (rows < 1 || length < 1 || ids.length != tokens || targets.length != tokens) {
            throw new IllegalArgumentException(rows + " rows of " + length + " tokens need " + tokens
                    + " ids and targets, got " + ids.length + " and " + targets.length);
        }
        if (segments.length != 0 && segments.length != tokens) {
            throw new IllegalArgumentException("segments must be none or " + tokens + ", got " + segments.length);
        }
        this.rows = rows;
        this.length = length;
        this.ids = ids;
        this.targets = targets;
        this.segments = segments;
    }

    /** Return the number of rows. */
    public int rows() {
        return rows;
    }

    /** Return the number of tokens in a row. */
    public int length() {
        return length;
    }

    int[] ids() {
        return ids;
    }

    int[] targets() {
        return targets;
    }

    int[] segments() {
        return segments;
    }

    /** Return the number of tokens whose successor counts. */
    public int counted() {
        return (int)
                Arrays.stream(targets).filter(target -> target != UNCOUNTED).count();
    }
}
