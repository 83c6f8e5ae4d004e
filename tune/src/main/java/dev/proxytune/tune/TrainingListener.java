package dev.proxytune.tune;

/** Hears of a training run; called on the thread that trains. */
@FunctionalInterface
public interface TrainingListener {
    /** Take note of a finished step. */
    void onStep(TrainingProgress progress);

    /** Take note that the run goes on from a checkpoint. */
    default void onResume(int done, int steps) {}

    /** Take note that there is something to say before the first step: one line without an end. */
    default void onNotice(String line) {}
}
