package dev.proxytune.tune;

import java.util.List;

/** Supplies a training run with batches; what a batch holds follows from its number alone, so a run can be resumed. */
public interface BatchSource {
    /**
     * Return a batch.
     *
     * @param number 0 for the first; there is no last
     */
    TokenBatch batch(long number);

    /**
     * Return the number of batches that this many passes over the data take, rounded up.
     *
     * @param passes 1 or more
     */
    long batches(int passes);

    /** Return what was held out of training to measure the model by; may be empty. */
    List<TokenBatch> validation();
}
