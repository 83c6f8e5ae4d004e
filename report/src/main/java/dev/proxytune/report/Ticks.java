package dev.proxytune.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Divide an axis at round numbers.
 *
 * @param low where the axis begins
 * @param high where it ends, above {@code low}
 * @param at the numbers, ascending, all on the axis
 */
record Ticks(double low, double high, List<Double> at) {
    private static final List<Double> ROUND = List.of(1.0, 2.0, 2.5, 5.0, 10.0);

    Ticks {
        at = List.copyOf(at);
    }

    /**
     * Divide an axis that holds two values, and ends at round numbers.
     *
     * @param most how many numbers there may be, at least 3
     */
    static Ticks around(double low, double high, int most) {
        double width = high > low ? high - low : Math.max(Math.abs(high), 1) * 0.5;
        double first = high > low ? low : low - width / 2;
        double last = first + width;
        double step = step(width / Math.max(1, most - 1));
        double from = Math.floor(first / step + 1e-9) * step;
        double to = Math.ceil(last / step - 1e-9) * step;
        return new Ticks(from, to, at(from, to, step));
    }

    /** Divide an axis that begins and ends where it is told. */
    static Ticks within(double low, double high, int most) {
        double step = step((high - low) / Math.max(1, most - 1));
        return new Ticks(low, high, at(Math.ceil(low / step - 1e-9) * step, high, step));
    }

    private static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        return ROUND.stream()
                        .filter(round -> round * power >= least * (1 - 1e-9))
                        .findFirst()
                        .orElse(10.0)
                * power;
    }

    private static List<Double> at(double from, double to, double step) {
        List<Double> at = new ArrayList<>();
        for (int i = 0; from + i * step <= to + step * 1e-6; i++) {
            double value = from + i * step;
            at.add(Math.abs(value) < step * 1e-6 ? 0 : value);
        }
        return at;
    }

    /** Return where a value stands, from 0 at the beginning of the axis to 1 at its end. */
    double place(double value) {
        return (value - low) / (high - low);
    }
}
