package dev.proxytune;

import java.util.Map;
import java.util.Optional;

/**
 * Choose how a token is drawn from a row of logits.
 *
 * <p>The steps apply in this order: bias and penalties, temperature, top-k, top-p, min-p, softmax, draw.
 *
 * <p>A constraint is asked about the token that was drawn. Only if it refuses the token, it is applied to the whole row,
 * before the temperature, and another token is drawn, which saves asking about all tokens each time. With the likeliest
 * token each time, and with a temperature alone, this is the same as if it were always applied. With top-k, top-p or
 * min-p it is what llama.cpp does: allowed tokens that are cut off of the whole row come back only where the first draw
 * is refused.
 *
 * @param temperature 0 for greedy choice, else what logits are divided by; finite, not negative
 * @param topK how many of the likeliest tokens may be drawn, 0 for all
 * @param topP nucleus: the fewest likeliest tokens whose probabilities reach this sum may be drawn; in (0, 1], 1 for
 *     all
 * @param minP tokens less likely than this fraction of the likeliest are not drawn; in [0, 1], 0 for none
 * @param penalties what repeated tokens lose
 * @param logitBias what is added to the logits of single tokens, by id; −∞ bans one
 * @param constraint what the answer may consist of, if that is restricted
 * @param seed the start of the random numbers: the same seed, the same text
 */
public record Sampling(
        float temperature,
        int topK,
        float topP,
        float minP,
        Penalties penalties,
        Map<Integer, Float> logitBias,
        Optional<TokenConstraint> constraint,
        long seed) {

    /** The likeliest token each time. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, Penalties.NONE, Map.of(), Optional.empty(), 0);

    public Sampling {
        Checks.require(
                Float.isFinite(temperature) && temperature >= 0, "temperature must be a number from 0 up", temperature);
        Checks.require(topK >= 0, "top-k must be 0 or more", topK);
        Checks.require(topP > 0 && topP <= 1, "top-p must be above 0 and at most 1", topP);
        Checks.require(minP >= 0 && minP <= 1, "min-p must be from 0 to 1", minP);
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((id, bias) -> {
            Checks.require(id >= 0, "a logit bias needs a token id of 0 or more", id);
            Checks.require(bias < Float.POSITIVE_INFINITY, "a logit bias must be below infinity", bias);
        });
    }

    /** Draw at a temperature from the whole vocabulary. */
    public static Sampling atTemperature(float temperature) {
        return GREEDY.withTemperature(temperature);
    }

    public Sampling withTemperature(float value) {
        return new Sampling(value, topK, topP, minP, penalties, logitBias, constraint, seed);
    }

    public Sampling withTopK(int value) {
        return new Sampling(temperature, value, topP, minP, penalties, logitBias, constraint, seed);
    }

    public Sampling withTopP(float value) {
        return new Sampling(temperature, topK, value, minP, penalties, logitBias, constraint, seed);
    }

    public Sampling withMinP(float value) {
        return new Sampling(temperature, topK, topP, value, penalties, logitBias, constraint, seed);
    }

    public Sampling withPenalties(Penalties value) {
        return new Sampling(temperature, topK, topP, minP, value, logitBias, constraint, seed);
    }

    public Sampling withLogitBias(Map<Integer, Float> value) {
        return new Sampling(temperature, topK, topP, minP, penalties, value, constraint, seed);
    }

    /** Restrict the answer. */
    public Sampling withConstraint(TokenConstraint value) {
        return new Sampling(temperature, topK, topP, minP, penalties, logitBias, Optional.of(value), seed);
    }

    public Sampling withSeed(long value) {
        return new Sampling(temperature, topK, topP, minP, penalties, logitBias, constraint, value);
    }

    /** Return whether the likeliest token is taken and no random number drawn. */
    public boolean isGreedy() {
        return temperature == 0;
    }
}
