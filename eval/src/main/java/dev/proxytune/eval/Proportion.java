package dev.proxytune.eval;

/**
 * Count right answers.
 *
 * @param right how many are right
 * @param asked how many questions there were, 1 or more
 */
public record Proportion(int right, int asked) {
    /** The 97.5 % quantile of the normal distribution. */
    private static final double Z = 1.959963984540054;

    public Proportion {
        if (asked < 1 || right < 0 || right > asked) {
            throw new IllegalArgumentException(
                    "right answers must be from 0 to the number of questions, got: " + right + " of " + asked);
        }
    }

    /** Return the share of right answers, from 0 to 1. */
    public double rate() {
        return (double) right / asked;
    }

    /** Return the lower end of Wilson's 95 % interval of the rate. */
    public double low() {
        return right == 0 ? 0 : center() - margin();
    }

    /** Return the upper end of Wilson's 95 % interval of the rate. */
    public double high() {
        return right == asked ? 1 : center() + margin();
    }

    private double center() {
        return (rate() + Z * Z / (2 * asked)) / (1 + Z * Z / asked);
    }

    private double margin() {
        double variance = rate() * (1 - rate()) / asked + Z * Z / (4.0 * asked * asked);
        return Z * Math.sqrt(variance) / (1 + Z * Z / asked);
    }
}
