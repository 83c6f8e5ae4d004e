package dev.proxytune;

/**
 * Count what {@link Speculation} did.
 *
 * @param steps decodes from which tokens were drawn
 * @param tokens how many tokens were drawn
 * @param guesses how many guesses were checked
 * @param hits how many of them were right
 */
public record GuessCounts(long steps, long tokens, long guesses, long hits) {

    /** Nothing counted yet. */
    public static final GuessCounts NONE = new GuessCounts(0, 0, 0, 0);

    GuessCounts plus(int moreSteps, int moreTokens, int moreGuesses, int moreHits) {
        return new GuessCounts(steps + moreSteps, tokens + moreTokens, guesses + moreGuesses, hits + moreHits);
    }

    /** Return what was counted since an earlier count. */
    public GuessCounts since(GuessCounts earlier) {
        return new GuessCounts(
                steps - earlier.steps, tokens - earlier.tokens, guesses - earlier.guesses, hits - earlier.hits);
    }
}
