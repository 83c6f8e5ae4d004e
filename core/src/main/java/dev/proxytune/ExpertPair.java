package dev.proxytune;

import java.util.Optional;

/**
 * Name an expert and its anti-expert; one of them may be missing.
 *
 * @param expert the tuned model, M+
 * @param antiExpert the same model untuned, M−
 */
public record ExpertPair(Optional<LanguageModel> expert, Optional<LanguageModel> antiExpert) {

    public ExpertPair {
        if (expert.isEmpty() && antiExpert.isEmpty()) {
            throw new IllegalArgumentException("A pair needs an expert, an anti-expert, or both");
        }
    }

    public static ExpertPair of(LanguageModel expert, LanguageModel antiExpert) {
        return new ExpertPair(Optional.of(expert), Optional.of(antiExpert));
    }

    /** Add what an expert says, and subtract nothing. */
    public static ExpertPair ofExpert(LanguageModel expert) {
        return new ExpertPair(Optional.of(expert), Optional.empty());
    }

    /** Subtract what an anti-expert says, and add nothing. */
    public static ExpertPair ofAntiExpert(LanguageModel antiExpert) {
        return new ExpertPair(Optional.empty(), Optional.of(antiExpert));
    }
}
