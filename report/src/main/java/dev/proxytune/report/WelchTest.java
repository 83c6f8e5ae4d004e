package dev.proxytune.report;

import java.util.Optional;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Test whether two means differ where variances may, too.
 *
 * @param t the difference of the means in its standard errors
 * @param freedom the degrees of freedom, after Welch and Satterthwaite
 * @param p the two-sided p-value
 */
record WelchTest(double t, double freedom, double p) {

    /** Compare two samples; nothing if one has less than two numbers, or neither varies. */
    static Optional<WelchTest> of(Moments first, Moments second) {
        if (first.n() < 2 || second.n() < 2) {
            return Optional.empty();
        }
        double one = first.variance() / first.n();
        double two = second.variance() / second.n();
        if (one + two == 0) {
            return Optional.empty();
        }
        double t = (first.mean() - second.mean()) / Math.sqrt(one + two);
        double freedom = (one + two) * (one + two) / (one * one / (first.n() - 1) + two * two / (second.n() - 1));
        double p = 2 * TDistribution.of(freedom).survivalProbability(Math.abs(t));
        return Optional.of(new WelchTest(t, freedom, Math.min(1, p)));
    }
}
