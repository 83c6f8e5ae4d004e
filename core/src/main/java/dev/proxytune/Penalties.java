package dev.proxytune;

/**
 * Make tokens that have appeared less likely to appear again.
 *
 * @param repeat positive logits of tokens that appeared are divided by it, negative ones multiplied; above 0, 1 for
 *     none. The only step of sampling for which a constant added to a row matters
 * @param frequency what a logit loses for each time the token appeared; finite, 0 for none
 * @param presence what a logit loses if the token appeared at all; finite, 0 for none
 * @param window how many of the last tokens are looked at, the target's prompt included; −1 for all
 */
public record Penalties(float repeat, float frequency, float presence, int window) {

    /** Leave the logits as they are. */
    public static final Penalties NONE = new Penalties(1, 0, 0, 64);

    public Penalties {
        Checks.require(Float.isFinite(repeat) && repeat > 0, "the repeat penalty must be above 0", repeat);
        Checks.require(Float.isFinite(frequency), "the frequency penalty must be finite", frequency);
        Checks.require(Float.isFinite(presence), "the presence penalty must be finite", presence);
        Checks.require(window >= -1, "the penalty window must be −1 or more", window);
    }

    boolean isNone() {
        return window == 0 || (repeat == 1 && frequency == 0 && presence == 0);
    }
}
