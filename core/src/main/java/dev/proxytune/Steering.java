package dev.proxytune;

import java.util.Arrays;

/**
 * Weigh each expert pair of one generation: the αᵢ of {@code target + Σ αᵢ·(expertᵢ − antiExpertᵢ)}.
 *
 * <p>A single model has no pairs and ignores it. A pair whose weight is 0 is not run for that token.
 */
@FunctionalInterface
public interface Steering {

    /** The paper's setting: α = 1 for all pairs (Liu et al. 2024, Eq. 1). */
    Steering DEFAULT = (pair, position) -> 1;

    /** The target alone. */
    Steering NONE = (pair, position) -> 0;

    /**
     * Return the weight of a pair for one token of the answer. Must be finite, may be negative.
     *
     * @param pair the number of the pair, from 0
     * @param position the place of the token in the answer, from 0
     */
    float weight(int pair, int position);

    /**
     * Weigh each pair the same at all positions.
     *
     * @param alphas one finite weight for all pairs, or one for each
     */
    static Steering of(float... alphas) {
        if (alphas.length == 0) {
            throw new IllegalArgumentException("At least one alpha is needed");
        }
        for (float alpha : alphas) {
            if (!Float.isFinite(alpha)) {
                throw new IllegalArgumentException("alpha must be a finite number, got: " + alpha);
            }
        }
        float[] weights = alphas.clone();
        if (weights.length == 1) {
            return (pair, position) -> weights[0];
        }
        return (pair, position) -> {
            if (pair >= weights.length) {
                throw new IllegalArgumentException(
                        "There is no alpha for pair " + pair + ": got " + Arrays.toString(weights));
            }
            return weights[pair];
        };
    }
}
