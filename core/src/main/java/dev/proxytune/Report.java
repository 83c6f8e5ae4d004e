package dev.proxytune;

/**
 * Choose what a generation tells about each token beside its id and text.
 *
 * @param kind what is told about the token that was drawn
 * @param candidates how many of the likeliest tokens are told with their probabilities; 0 where nothing else is told
 * @param prompt whether the tokens of the prompt are told too, in a {@link GenerationEvent.Prompt}
 */
public record Report(Kind kind, int candidates, boolean prompt) {
    /** Nothing more, at no cost. */
    public static final Report NONE = new Report(Kind.NONE, 0, false);

    /** The logarithm of the token's probability. */
    public static final Report LOGPROBS = new Report(Kind.LOGPROBS, 0, false);

    /** What each role says about the token too. */
    public static final Report TRACE = new Report(Kind.TRACE, 0, false);

    public Report {
        Checks.require(candidates >= 0, "the number of candidates must be 0 or more", candidates);
        Checks.require(
                candidates == 0 || kind != Kind.NONE,
                "candidates need a report of log-probabilities or a trace",
                candidates);
        Checks.require(!prompt || kind != Kind.NONE, "a prompt needs a report of log-probabilities or a trace", kind);
    }

    /**
     * Tell of the tokens of the target's prompt too, by the rows before them. Each but the first then costs what a token
     * of the answer costs in a batch, whatever the cache holds, and all roles read the target's prompt.
     */
    public Report withPrompt() {
        return new Report(kind, candidates, true);
    }

    /** Name what is told about the token that was drawn. */
    public enum Kind {
        /** Nothing. */
        NONE,
        /** The logarithm of its probability. Costs a pass over the row. */
        LOGPROBS,
        /** What each role says about it too. Costs several passes over each role's row. */
        TRACE
    }

    /**
     * Tell the likeliest tokens too: those of the row, and in a trace those of each role. Costs one more pass over each
     * of these rows.
     *
     * @param count how many, 0 for none; of a smaller vocabulary all
     */
    public Report withCandidates(int count) {
        return new Report(kind, count, prompt);
    }
}
