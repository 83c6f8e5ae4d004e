package dev.proxytune.eval;

import java.util.List;

/**
 * Hold the two ends of a 95 % interval.
 *
 * @param low the lower end
 * @param high the upper end, not below the lower one
 */
public record Interval(double low, double high) {

    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("an interval must not end before it starts, got: " + low + ", " + high);
        }
    }

    /** Return whether a value lies between the ends, or on one. */
    public boolean contains(double value) {
        return low <= value && value <= high;
    }

    List<Double> ends() {
        return List.of(low, high);
    }
}
