package dev.proxytune.eval;

import java.util.Optional;

/**
 * Hold one figure of a score.
 *
 * @param name its key in JSON, such as {@code exact_match}
 * @param value a fraction of 1; NaN where no row tells it
 * @param ci95 its interval; empty where it has no value
 * @param n how many questions it is about
 */
public record Measure(String name, double value, Optional<Interval> ci95, int n) {

    /** Compute the mean of values, one for each question, and its interval. */
    static Measure of(String name, double[] values, Bootstrap bootstrap) {
        if (values.length == 0) {
            return new Measure(name, Double.NaN, Optional.empty(), 0);
        }
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return new Measure(name, sum / values.length, Optional.of(bootstrap.mean(values)), values.length);
    }
}
