package dev.proxytune.openai;

import dev.proxytune.Sampling;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Say what holds where a request says nothing.
 *
 * @param sampling how tokens are drawn, and from which seed
 * @param chatTokens the most tokens of an answer in a chat
 * @param textTokens the most tokens of a text that goes on
 * @param stops texts that end an answer
 */
public record RequestDefaults(Sampling sampling, int chatTokens, int textTokens, List<String> stops) {
    private static final int USUAL_COMPLETION = 16;

    public RequestDefaults {
        if (chatTokens < 0 || textTokens < 0) {
            throw new IllegalArgumentException(
                    "the most tokens must be 0 or more, got: " + chatTokens + " and " + textTokens);
        }
        stops = List.copyOf(stops);
    }

    /** Return what OpenAI says: everything may be drawn, and a text goes on for {@value #USUAL_COMPLETION} tokens. */
    public static RequestDefaults openAi() {
        long seed = RandomGenerator.getDefault().nextLong(1L << 32);
        return new RequestDefaults(
                Sampling.atTemperature(1).withSeed(seed), Integer.MAX_VALUE, USUAL_COMPLETION, List.of());
    }

    /** Draw from another seed. */
    public RequestDefaults withSeed(long seed) {
        return new RequestDefaults(sampling.withSeed(seed), chatTokens, textTokens, stops);
    }
}
