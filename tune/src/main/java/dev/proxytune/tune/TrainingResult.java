package dev.proxytune.tune;

/**
 * What became of a training run.
 *
 * @param curve its course, earlier parts included
 * @param complete whether all steps were done and the model is written; else a checkpoint waits to be resumed
 */
public record TrainingResult(LossCurve curve, boolean complete) {}
