package dev.proxytune;

/** Decide how many guesses a step checks. Not thread-safe. */
sealed interface Pace permits FixedPace, MeasuredPace {

    /**
     * Begin a step.
     *
     * @param answers how many answers run in it
     * @return the most guesses that each of them may have, 0 if none is to be made
     */
    int begin(int answers);

    /**
     * Decide whether the guesses just made become part of the drafts.
     *
     * @param guesses how many answers have one
     * @param rows how many rows the step has without them
     * @param chance the expected number of them that will turn out right
     * @param average how often guesses are right
     */
    boolean goesOn(int guesses, int rows, double chance, double average);

    /**
     * Decide whether a guess that the expert need not read any more, or no expert reads, becomes part of a draft.
     *
     * @param rows how many rows the step has without it
     * @param chance how likely it is right
     * @param average how often guesses are right
     */
    boolean keeps(int rows, double chance, double average);

    /**
     * Decide whether the expert reads one more token that was looked up in the same decode.
     *
     * @param answers how many answers it reads ahead
     * @param rows how many rows that decode has without it
     * @param chance how likely this spares the token a decode of its own
     */
    boolean readsOn(int answers, int rows, double chance);

    /** Note what a round of reading ahead took, in nanoseconds. */
    void drafted(int rows, long nanos);

    /**
     * Note what a step took.
     *
     * @param rows how many rows it had
     * @param tokens how many tokens were drawn from them
     * @param nanos what the decode and the drawing took
     */
    void checked(int answers, int rows, int tokens, long nanos);
}
