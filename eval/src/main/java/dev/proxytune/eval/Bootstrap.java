package dev.proxytune.eval;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Estimate how far a figure would move if other questions had been asked: percentile intervals over resampled questions.
 * The same seed gives the same interval.
 *
 * @param seed where random numbers start
 * @param resamples how often to resample, 100 or more
 */
public record Bootstrap(long seed, int resamples) {
    /** What the command line takes. */
    public static final Bootstrap DEFAULT = new Bootstrap(42, 10_000);

    private static final double TAIL = 0.025;

    public Bootstrap {
        if (resamples < 100) {
            throw new IllegalArgumentException("the number of resamples must be 100 or more, got: " + resamples);
        }
    }

    /** Draws questions with replacement. */
    public static final class Resample {
        private final SplittableRandom random;

        private Resample(SplittableRandom random) {
            this.random = random;
        }

        /**
         * Draw as many questions as there are.
         *
         * @return indices from 0 to {@code count} − 1, with repetitions
         */
        public int[] of(int count) {
            int[] drawn = new int[count];
            for (int i = 0; i < count; i++) {
                drawn[i] = random.nextInt(count);
            }
            return drawn;
        }
    }

    /**
     * Return the interval of a mean: Wilson's if all values are 0 or 1, since a bootstrap of only right answers claims
     * to know everything, else the percentile bootstrap's.
     *
     * @param values one for each question, at least one, none NaN
     */
    public Interval mean(double[] values) {
        require(values);
        if (Arrays.stream(values).allMatch(value -> value == 0 || value == 1)) {
            var proportion = new Proportion((int) Arrays.stream(values).sum(), values.length);
            return new Interval(proportion.low(), proportion.high());
        }
        return interval(resample -> meanOf(values, resample.of(values.length)));
    }

    private static void require(double[] values) {
        if (values.length == 0 || Arrays.stream(values).anyMatch(Double::isNaN)) {
            throw new IllegalArgumentException("an interval needs at least one value, and none that is NaN");
        }
    }

    static double meanOf(double[] values, int[] drawn) {
        double sum = 0;
        for (int index : drawn) {
            sum += values[index];
        }
        return sum / drawn.length;
    }

    /**
     * Return the percentile interval of any figure.
     *
     * @param figure computes it from questions that it draws; figures that are not finite are left out
     */
    public Interval interval(ToDoubleFunction<Resample> figure) {
        return interval(sorted(figure));
    }

    static Interval interval(double[] sorted) {
        return new Interval(quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
    }

    /** Return the finite figures of all resamples, ascending. */
    double[] sorted(ToDoubleFunction<Resample> figure) {
        var resample = new Resample(new SplittableRandom(seed));
        double[] figures = new double[resamples];
        for (int i = 0; i < resamples; i++) {
            figures[i] = figure.applyAsDouble(resample);
        }
        double[] finite =
                Arrays.stream(figures).filter(Double::isFinite).sorted().toArray();
        if (finite.length == 0) {
            throw new IllegalArgumentException("the figure is not finite in any resample");
        }
        return finite;
    }

    /** Interpolates between neighbours, as R's type 7 and NumPy do. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
