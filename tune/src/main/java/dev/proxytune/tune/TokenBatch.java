package dev.proxytune.tune;

/**
 * Rows of tokens that one pass forward and backward takes.
 *
 * @param rows number of rows
 * @param length tokens in a row
 * @param ids token ids, row after row, {@code rows * length} of them
 * @param targets the token that should follow each token, or {@link #UNCOUNTED} where no loss is wanted
 * @param segments number of the example that each token belongs to, rising within a row; a token sees only those of
 *     its own example. Empty where every row is one text
 */
public record TokenBatch(int rows, int length, int[] ids, int[] targets, int[] segments) {
    /** Target of a token whose successor does not count. */
    public static final int UNCOUNTED = -1;

    public TokenBatch {
        int tokens = Math.multiplyExact(rows, length);
        if (rows < 1 || length < 1 || ids.length != tokens || targets.length != tokens) {
            throw new IllegalArgumentException(rows + " rows of " + length + " tokens need " + tokens
                    + " ids and targets, got " + ids.length + " and " + targets.length);
        }
        if (segments.length != 0 && segments.length != tokens) {
            throw new IllegalArgumentException("segments must be empty or " + tokens + ", got " + segments.length);
        }
    }

    /** Return the number of tokens whose successor counts. */
    public int counted() {
        int count = 0;
        for (int target : targets) {
            if (target != UNCOUNTED) {
                count++;
            }
        }
        return count;
    }
}
