package dev.proxytune;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Hold the token ids that each role reads before the common answer.
 *
 * <p>A single model reads {@link #tokens}; a proxy-tuned one gives them to its target, and each expert and anti-expert
 * its own prompt. A role without one reads the target's tokens. Immutable.
 */
public final class Prompt {
    private final int[] tokens;
    private final List<Prompt> experts;
    private final List<Prompt> antiExperts;

    private Prompt(int[] tokens, List<Prompt> experts, List<Prompt> antiExperts) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("A prompt must hold at least one token");
        }
        this.tokens = tokens.clone();
        this.experts = List.copyOf(experts);
        this.antiExperts = List.copyOf(antiExperts);
    }

    /** Give all roles the same tokens. */
    public static Prompt of(int... tokens) {
        return new Prompt(tokens, List.of(), List.of());
    }

    /**
     * Give each role its own tokens.
     *
     * @param tokens what the target reads
     * @param experts what the expert of each pair reads; pairs beyond the list read the target's tokens
     * @param antiExperts the same for the anti-experts
     */
    public static Prompt of(int[] tokens, List<Prompt> experts, List<Prompt> antiExperts) {
        return new Prompt(tokens, experts, antiExperts);
    }

    public int length() {
        return tokens.length;
    }

    /** Return the length of the longest text that any role reads. */
    public int longest() {
        return Stream.concat(experts.stream(), antiExperts.stream())
                .mapToInt(Prompt::longest)
                .reduce(tokens.length, Math::max);
    }

    public int token(int index) {
        return tokens[index];
    }

    /** Return a copy of the target's tokens. */
    public int[] tokens() {
        return tokens.clone();
    }

    public Prompt expert(int pair) {
        return pair < experts.size() ? experts.get(pair) : ofTarget();
    }

    public Prompt antiExpert(int pair) {
        return pair < antiExperts.size() ? antiExperts.get(pair) : ofTarget();
    }

    /** Return whether this is no more than what the target reads of another prompt. */
    boolean isTargetOf(Prompt other) {
        return experts.isEmpty() && antiExperts.isEmpty() && Arrays.equals(tokens, other.tokens);
    }

    private Prompt ofTarget() {
        return experts.isEmpty() && antiExperts.isEmpty() ? this : of(tokens);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prompt that
                && Arrays.equals(tokens, that.tokens)
                && experts.equals(that.experts)
                && antiExperts.equals(that.antiExperts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return "Prompt" + Arrays.toString(tokens);
    }
}
