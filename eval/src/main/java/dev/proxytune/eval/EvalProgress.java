package dev.proxytune.eval;

/**
 * Hear how far an evaluation is. Called in the thread that runs it, after each row and some times a second.
 */
@FunctionalInterface
public interface EvalProgress {

    /**
     * Hear how far it is.
     *
     * @param answers how many rows are in the file
     * @param all how many there will be
     * @param tokens how many tokens this run has generated
     */
    void at(int answers, int all, long tokens);
}
