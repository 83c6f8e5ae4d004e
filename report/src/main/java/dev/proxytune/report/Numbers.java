package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleFunction;

/** Write numbers for readers. */
final class Numbers {
    private static final char NO_BREAK = '\u00a0';

    private Numbers() {}

    /** Return a fraction in percent with one digit after the point, a dash where there is none. */
    static String percent(double fraction) {
        return Double.isFinite(fraction) ? fixed(fraction * 100, 1) + NO_BREAK + "%" : "–";
    }

    static String percent(Interval interval) {
        return "[" + fixed(interval.low() * 100, 1) + ", " + fixed(interval.high() * 100, 1) + "]";
    }

    static String interval(Optional<Interval> interval, DoubleFunction<String> form) {
        return interval.map(ci95 -> "[" + form.apply(ci95.low()) + ", " + form.apply(ci95.high()) + "]")
                .orElse("–");
    }

    /** Return a difference of fractions in points of percent, with its sign. */
    static String points(double difference) {
        return Double.isFinite(difference) ? signed(fixed(difference * 100, 1)) : "–";
    }

    /** Return a number with three digits after the point. */
    static String small(double value) {
        return Double.isFinite(value) ? fixed(value, 3) : "–";
    }

    static String fixed(double value, int digits) {
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        String bare = text.matches("-0\\.?0*") ? text.substring(1) : text;
        return bare.replace('-', '−');
    }

    private static String signed(String number) {
        return number.startsWith("−") ? number : "+" + number;
    }

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String p(double p) {
        if (!Double.isFinite(p)) {
            return "–";
        }
        if (p >= 0.001) {
            return fixed(p, 3);
        }
        return p == 0 ? "< 1e-300" : String.format(Locale.ROOT, "%.1e", p);
    }

    /** Return a number without needless zeros, such as a weight. */
    static String plain(double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        var number = new BigDecimal(String.format(Locale.ROOT, "%.6f", value)).stripTrailingZeros();
        return (number.signum() == 0 ? "0" : number.toPlainString()).replace('-', '−');
    }
}
