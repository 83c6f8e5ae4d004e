package dev.proxytune;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Tell what each role says about a chosen token. All probabilities are those of the raw rows: temperature 1, before
 * penalties and cut-offs.
 *
 * @param targetLogprob the natural logarithm of the target's probability of the token
 * @param pairs what each pair says
 * @param targetChoice the token that the target alone finds likeliest
 * @param delta the combined probability of the token less the target's: Δ of Liu et al. 2024, section 6.1
 */
public record TokenTrace(double targetLogprob, List<PairTrace> pairs, int targetChoice, double delta) {

    public TokenTrace {
        pairs = List.copyOf(pairs);
    }

    /**
     * Tell what one pair says about a chosen token; nothing where the pair has no such model, where its weight is 0, or
     * where the model lacks the token.
     *
     * @param expertLogprob the natural logarithm of the expert's probability of the token
     * @param antiExpertLogprob the natural logarithm of the anti-expert's probability of the token
     */
    public record PairTrace(OptionalDouble expertLogprob, OptionalDouble antiExpertLogprob) {}
}
