package dev.proxytune.tune;

import java.time.Duration;

/**
 * How a model is trained: AdamW whose learning rate rises linearly and then falls along a cosine.
 *
 * @param steps updates of the weights, at least 1
 * @param learningRate the highest learning rate, above 0
 * @param warmup steps in which the learning rate rises to its highest, 0 or more
 * @param finalFraction what is left of the learning rate at the end, 0 to 1 of the highest
 * @param weightDecay decay of matrices per unit of learning rate, 0 or more; norms and biases do not decay
 * @param beta1 decay of the mean of gradients, 0 or more and below 1
 * @param beta2 decay of the mean of squared gradients, 0 or more and below 1
 * @param clip longest gradient, longer ones are scaled down to it; 0 for no limit
 * @param accumulation batches whose gradients make one update, at least 1
 * @param validateEvery steps between measurements on the validation data, which also end the run; 0 for none
 * @param checkpointInterval least time between checkpoints
 */
public record TrainingSettings(
        int steps,
        double learningRate,
        int warmup,
        double finalFraction,
        double weightDecay,
        double beta1,
        double beta2,
        double clip,
        int accumulation,
        int validateEvery,
        Duration checkpointInterval) {

    public TrainingSettings {
        require(steps >= 1, "steps must be at least 1", steps);
        require(
                learningRate > 0 && learningRate <= 10,
                "the learning rate must be above 0 and at most 10",
                learningRate);
        require(warmup >= 0, "warm-up steps must be 0 or more", warmup);
        require(finalFraction >= 0 && finalFraction <= 1, "the final fraction must be from 0 to 1", finalFraction);
        require(weightDecay >= 0 && weightDecay <= 10, "weight decay must be from 0 to 10", weightDecay);
        require(beta1 >= 0 && beta1 < 1, "beta 1 must be 0 or more and below 1", beta1);
        require(beta2 >= 0 && beta2 < 1, "beta 2 must be 0 or more and below 1", beta2);
        require(clip >= 0 && clip < Double.POSITIVE_INFINITY, "the clipping length must be 0 or more", clip);
        require(accumulation >= 1, "accumulated batches must be at least 1", accumulation);
        require(validateEvery >= 0, "steps between validations must be 0 or more", validateEvery);
        if (checkpointInterval.isNegative()) {
            throw new IllegalArgumentException("the time between checkpoints must not be negative");
        }
    }

    private static void require(boolean holds, String rule, Number found) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", got: " + found);
        }
    }

    /** Return usual settings for this many steps: 3 % of them warm-up, an end at a tenth, a gradient of at most 1. */
    public static TrainingSettings of(int steps, double learningRate) {
        return new TrainingSettings(steps, learningRate, steps / 33, 0.1, 0, 0.9, 0.95, 1, 1, 0, Duration.ofMinutes(2));
    }

    /**
     * Return the learning rate of a step.
     *
     * @param step number of the step, from 0
     */
    public double learningRate(int step) {
        if (step < warmup) {
            return learningRate * (step + 1) / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, steps - warmup);
        return learningRate * (finalFraction + (1 - finalFraction) * (1 + Math.cos(Math.PI * Math.min(1, done))) / 2);
    }

    /** Return whether the model is measured on the validation data after this many steps. */
    boolean validatesAfter(int done) {
        return validateEvery > 0 && (done % validateEvery == 0 || done == steps);
    }
}
