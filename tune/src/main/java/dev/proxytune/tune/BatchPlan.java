package dev.proxytune.tune;

/**
 * How tokens are laid out in batches.
 *
 * @param rows rows of a batch, at least 1
 * @param length tokens of a row, at least 2
 * @param seed what the order of the data follows from
 * @param heldOut share of the data kept for validation, 0 or more and below 1
 */
public record BatchPlan(int rows, int length, long seed, double heldOut) {
    public BatchPlan {
        if (rows < 1 || length < 2 || (long) rows * length > 1 << 28) {
            throw new IllegalArgumentException(
                    "a batch needs at least 1 row of at least 2 tokens and at most 2^28 in all, got " + rows + " x "
                            + length);
        }
        if (!(heldOut >= 0 && heldOut < 1)) {
            throw new IllegalArgumentException("the share held out must be 0 or more and below 1, got " + heldOut);
        }
    }
}
