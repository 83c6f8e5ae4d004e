package dev.proxytune;

/**
 * Say what a row of only the likeliest tokens leaves out, as a model over a network may give it.
 *
 * @param mass the most probability that the tokens left out can have together, from 0 to 1
 * @param bound the highest logit that one of them can have, on the row's own scale; −∞ if none can be drawn
 * @param certain whether none of them can be likelier than the likeliest token that the row tells: a greedy choice is
 *     then the one that the full row would give
 */
public record Truncation(double mass, float bound, boolean certain) {

    public Truncation {
        if (!(mass >= 0 && mass <= 1)) {
            throw new IllegalArgumentException("mass must be from 0 to 1, got: " + mass);
        }
    }
}
