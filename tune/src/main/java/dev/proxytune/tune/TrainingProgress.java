package dev.proxytune.tune;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * Where a training run is after a step.
 *
 * @param done steps done, those of earlier runs that this one resumed included
 * @param steps steps in all
 * @param tokens tokens that those done have taken in, padding included
 * @param loss mean loss of the step, in nats a token
 * @param validationLoss mean loss on the validation data, where it was measured after this step
 * @param learningRate learning rate of the step
 * @param gradientNorm length of the gradient before it was clipped
 * @param tokensPerSecond tokens of one second, over the last steps of this run
 * @param remaining time that the steps to come will take at that speed
 */
public record TrainingProgress(
        int done,
        int steps,
        long tokens,
        float loss,
        OptionalDouble validationLoss,
        double learningRate,
        double gradientNorm,
        double tokensPerSecond,
        Duration remaining) {}
