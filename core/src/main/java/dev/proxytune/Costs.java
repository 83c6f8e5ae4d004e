package dev.proxytune;

/**
 * Learn what something costs by its size, in nanoseconds, from noisy measurements at some sizes. Not thread-safe.
 *
 * <p>Between measured sizes the cost is a straight line; beyond them it goes on as steeply as {@link #STEEPNESS} says,
 * until it is measured: rather too low, so that it will be.
 */
final class Costs {
    /** What another unit is taken to cost where nothing larger was measured, as a part of the average unit. */
    private static final double STEEPNESS = 0.25;

    private static final int FIRST = 4;
    private static final double MEMORY = 12;

    private final double[] means;
    private final int[] counts;
    private int largest;

    /** Create costs of sizes from 1 to {@code most}. */
    Costs(int most) {
        means = new double[most + 1];
        counts = new int[most + 1];
    }

    void add(int size, long nanos) {
        int count = ++counts[size];
        double value = nanos;
        if (count > FIRST) {
            // A measurement that was interrupted says nothing of the cost.
            value = Math.min(value, 2 * means[size]);
        }
        // The first ones are made while code is being compiled and caches fill.
        means[size] += (value - means[size]) / Math.min(count, count <= FIRST ? 2 : MEMORY);
        largest = Math.max(largest, size);
    }

    /** Return the cost of a size, 0 if nothing was measured yet. */
    double of(int size) {
        if (size < means.length && counts[size] > 0) {
            return means[size];
        }
        int below = Math.min(size, means.length - 1);
        while (below > 0 && counts[below] == 0) {
            below--;
        }
        int above = size;
        while (above <= largest && counts[above] == 0) {
            above++;
        }
        if (below > 0 && above <= largest) {
            return means[below] + (means[above] - means[below]) * (size - below) / (above - below);
        }
        if (below > 0) {
            return means[below] * (1 + STEEPNESS * (size - below) / below);
        }
        return above <= largest ? means[above] : 0;
    }
}
