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

    /** Return what was held out of training to measure the model by; may be empty. */
    List<TokenBatch> validation();
}
