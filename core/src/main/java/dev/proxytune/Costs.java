package dev.proxytune;

/**
 * Learn what something costs by its size, in nanoseconds, from measurements at some sizes. Not thread-safe.
 *
 * <p>A cost is a mean that soon forgets the first measurements, of code that was not compiled yet, and hardly minds those
 * that a machine with other work makes many times as long. Between measured sizes the cost is a straight line; beyond
 * them it goes on, until it is measured, less steeply than it is likely to: rather too low, so that it will be.
 */
final class Costs {
    /** What another unit is taken to cost where nothing larger was measured, as a part of the average unit. */
    private static final double STEEPNESS = 0.25;

    /** The same as a part of what a unit costs on average between the least measured size and the largest one. */
    private static final double STEADINESS = 0.8;

    private static final int FIRST = 3;

    /** The least weight of a measurement, and that of the {@code n}th as a multiple of 1/n. */
    private static final double LEAST_WEIGHT = 0.02;

    private static final double WEIGHT = 1.5;

    /** How much more than the mean a measurement counts at most, as a part of it. */
    private static final double MOST_ABOVE = 0.25;

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
        double cost = costs[size];
        if (count <= FIRST) {
            costs[size] = count == 1 ? (double) nanos : Math.min(cost, (double) nanos);
        } else {
            double above = Math.min(nanos - cost, MOST_ABOVE * cost);
            costs[size] = cost + above * Math.max(LEAST_WEIGHT, WEIGHT / count);
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

    /** Return whether a size was measured. */
    boolean isKnown(int size) {
        return counts[size] > 0;
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
