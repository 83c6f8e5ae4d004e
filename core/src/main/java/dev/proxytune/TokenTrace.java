package dev.proxytune;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Tell what each role says about a chosen token. All probabilities are those of the raw rows: temperature 1, before
 * penalties and cut-offs.
 *
 * @param targetLogprob the natural logarithm of the target's probability of the token
 * @param targetCandidates the tokens that the target alone finds likeliest, the likeliest first, as many as were asked
 *     for
 * @param pairs what each pair says
 * @param targetChoice the token that the target alone finds likeliest
 * @param delta the combined probability of the token less the target's: Δ of Liu et al. 2024, section 6.1
 */
public record TokenTrace(
        double targetLogprob,
        List<TokenLogprob> targetCandidates,
        List<PairTrace> pairs,
        int targetChoice,
        double delta) {

    public TokenTrace {
        targetCandidates = List.copyOf(targetCandidates);
        pairs = List.copyOf(pairs);
    }

    /**
     * Tell what one pair says about a chosen token; nothing where the pair has no such model or its weight is 0.
     *
     * @param expertLogprob the natural logarithm of the expert's probability of the token, unless it lacks the token
     * @param antiExpertLogprob the natural logarithm of the anti-expert's probability, unless it lacks the token
     * @param expertCandidates the tokens that the expert finds likeliest, the likeliest first
     * @param antiExpertCandidates the tokens that the anti-expert finds likeliest, the likeliest first
     */
    public record PairTrace(
            OptionalDouble expertLogprob,
            OptionalDouble antiExpertLogprob,
            List<TokenLogprob> expertCandidates,
            List<TokenLogprob> antiExpertCandidates) {

        /** What a pair says that has no models. */
        public static final PairTrace NONE =
                new PairTrace(OptionalDouble.empty(), OptionalDouble.empty(), List.of(), List.of());

        public PairTrace {
            expertCandidates = List.copyOf(expertCandidates);
            antiExpertCandidates = List.copyOf(antiExpertCandidates);
        }
    }
}
