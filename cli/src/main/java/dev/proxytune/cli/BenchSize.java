package dev.proxytune.cli;

/**
 * Say how much a benchmark of everything measures.
 *
 * @param rounds measurements of each kind
 * @param warmUp rounds before them that do not count
 * @param tokens tokens of the long prompt and of the long answer
 * @param loopTokens tokens in each measurement of the loop
 * @param sideBySide tokens of answers that run side by side
 * @param questions how many questions are asked
 * @param answer the most tokens of an answer to one
 */
record BenchSize(int rounds, int warmUp, int tokens, int loopTokens, int sideBySide, int questions, int answer) {
    private static final int LONG = 512;

    /**
     * Choose for models that take a millisecond or less for a token, or for larger ones.
     *
     * @param quick whether it should take a minute or two and not ten
     */
    static BenchSize of(boolean small, boolean quick) {
        if (small) {
            return quick ? new BenchSize(4, 1, 64, 64, 32, 4, 32) : new BenchSize(15, 2, LONG, 128, 64, 10, 64);
        }
        return quick ? new BenchSize(1, 0, 32, 8, 8, 2, 16) : new BenchSize(2, 0, LONG, 16, 24, 2, 64);
    }

    BenchSize withRounds(int value) {
        return new BenchSize(value, warmUp, tokens, loopTokens, sideBySide, questions, answer);
    }

    /** Make the long prompt and the long answer as long as this, and nothing longer. */
    BenchSize withTokens(int value) {
        return new BenchSize(
                rounds,
                warmUp,
                value,
                Math.min(loopTokens, value),
                Math.min(sideBySide, value),
                questions,
                Math.min(answer, value));
    }
}
