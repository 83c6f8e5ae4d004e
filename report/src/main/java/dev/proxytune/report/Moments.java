package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import java.util.Optional;

/** Add numbers up to their mean and variance, by Welford's update. Mutable, not thread-safe. */
final class Moments {
    /** The 97.5 % quantile of the normal distribution. */
    private static final double Z = 1.959963984540054;

    private long n;
    private double mean;
    private double squares;

    void add(double value) {
        n++;
        double off = value - mean;
        mean += off / n;
        squares += off * (value - mean);
    }

    long n() {
        return n;
    }

    /** Return the mean, NaN of nothing. */
    double mean() {
        return n == 0 ? Double.NaN : mean;
    }

    /** Return the unbiased variance, NaN of less than two numbers. */
    double variance() {
        return n < 2 ? Double.NaN : squares / (n - 1);
    }

    /** Return the mean's interval as of many independent numbers; nothing of less than two. */
    Optional<Interval> ci95() {
        if (n < 2) {
            return Optional.empty();
        }
        double margin = Z * Math.sqrt(variance() / n);
        return Optional.of(new Interval(mean - margin, mean + margin));
    }
}
