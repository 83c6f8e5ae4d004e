package dev.proxytune;

/**
 * Learn what something costs by its size, in nanoseconds, from measurements at some sizes. Not thread-safe.
 *
 * <p>A cost is what three measurements in ten stay below: a machine that does other work makes some of them many times
 * as long, and none much shorter. Between measured sizes the cost is a
 * straight line; beyond them it goes on, until it is measured, less steeply than it is likely to: rather too low, so that
 * it will be.
 */
final class Costs {
    /** What another unit is taken to cost where nothing larger was measured, as a part of the average unit. */
    private static final double STEEPNESS = 0.25;

    /** The same as a part of what a unit costs on average between the least measured size and the largest one. */
    private static final double STEADINESS = 0.8;

    private static final double QUANTILE = 0.3;
    private static final double LEAST_STEP = 0.04;
    private static final int FIRST = 3;

    private final double[] costs;
    private final int[] counts;
    private final boolean steady;
    private int largest;

    /** Create costs of sizes from 1 to {@code most}. */
    Costs(int most) {
        this(most, false);
    }

    /**
     * Create costs of sizes from 1 to {@code most}.
     *
     * @param steady whether sizes beyond the measured ones are taken to cost nearly as much more as those did
     */
    Costs(int most, boolean steady) {
        this.steady = steady;
        costs = new double[most + 1];
        counts = new int[most + 1];
    }

    void add(int size, long nanos) {
        int count = ++counts[size];
        double step = costs[size] * Math.max(LEAST_STEP, 0.6 / count);
        if (count <= FIRST) {
            // Code is being compiled and caches fill.
            costs[size] = count == 1 ? (double) nanos : Math.min(costs[size], (double) nanos);
        } else if (nanos < costs[size]) {
            costs[size] = Math.max((double) nanos, costs[size] - (1 - QUANTILE) * step);
        } else {
            costs[size] = Math.min((double) nanos, costs[size] + QUANTILE * step);
        }
        largest = Math.max(largest, size);
    }

    /** Return what another unit is taken to cost above the largest size that was measured. */
    private double slope(int size) {
        double usual = STEEPNESS * costs[size] / size;
        int first = 1;
        while (counts[first] == 0) {
            first++;
        }
        double measured = first == size ? 0 : (costs[size] - costs[first]) / (size - first);
        return steady ? Math.max(usual, STEADINESS * measured) : usual;
    }

    /** Return the cost of a size, 0 if nothing was measured yet. */
    double of(int size) {
        if (size < costs.length && counts[size] > 0) {
            return costs[size];
        }
        int below = Math.min(size, costs.length - 1);
        while (below > 0 && counts[below] == 0) {
            below--;
        }
        int above = size;
        while (above <= largest && counts[above] == 0) {
            above++;
        }
        if (below > 0 && above <= largest) {
            return costs[below] + (costs[above] - costs[below]) * (size - below) / (above - below);
        }
        if (below > 0) {
            return costs[below] + (size - below) * slope(below);
        }
        return above <= largest ? costs[above] : 0;
    }
}
