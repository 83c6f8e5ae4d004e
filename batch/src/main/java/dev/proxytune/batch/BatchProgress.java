package dev.proxytune.batch;

/** Hear how far a batch is. Called in the thread that runs it, after each row and some times a second. */
@FunctionalInterface
public interface BatchProgress {

    /**
     * Hear how far it is.
     *
     * @param rows how many rows this run has answered
     * @param tokens how many tokens these answers have
     */
    void at(long rows, long tokens);
}
