package dev.proxytune;

import java.util.Optional;

/**
 * View one row of logits: a value for each token of the vocabulary, from minus infinity up, not normalised.
 *
 * <p>A constant added to all values changes nothing. A row reads the memory that the model wrote, in place, and is
 * valid until the next decode of the decoder it came from. Not thread-safe.
 */
public interface Row {

    /** Return the number of logits, which is the size of the model's vocabulary. */
    int size();

    /** Return the logit of one token; for whole rows use {@link #copyTo}, which is many times faster. */
    float logit(int id);

    /**
     * Copy the logits of {@code count} tokens from id {@code from} on into an array.
     *
     * @throws IndexOutOfBoundsException if the ids or the places in the array do not exist
     */
    void copyTo(int from, float[] destination, int offset, int count);

    /**
     * Return what the row leaves out, if it holds only the likeliest tokens; the others are at minus infinity then, and
     * cannot be drawn.
     */
    default Optional<Truncation> truncation() {
        return Optional.empty();
    }
}
