package dev.proxytune.cli;

import java.util.Arrays;

/** Sum measurements up: a median does not mind the few that something disturbed. */
final class Medians {
    private Medians() {}

    static double of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Return the median of the rounds' quotients, which a machine whose speed drifts changes less than its times. */
    static double ofRatios(double[] dividends, double[] divisors) {
        double[] ratios = new double[dividends.length];
        Arrays.setAll(ratios, round -> dividends[round] / divisors[round]);
        return of(ratios);
    }
}
