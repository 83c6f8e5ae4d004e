package dev.proxytune.llama;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Write the decimal numbers between two bounds as a GBNF expression, digit by digit and without exponents.
 *
 * @param low the lower bound, null for none
 * @param openLow whether the lower bound itself is left out
 * @param high the upper bound, null for none
 * @param openHigh whether the upper bound itself is left out
 */
record NumberRange(
        @Nullable BigDecimal low, boolean openLow, @Nullable BigDecimal high, boolean openHigh) {
    private static final int DIGITS = 16;
    private static final String TAIL = "[0-9]{0,15}";
    private static final String ANY_FRACTION = "(\".\" [0-9]{1,16})?";
    private static final String SOME_FRACTION = "\"0\"{0,7} [1-9] [0-9]{0,7}";

    /** Return the integers of the range, or nothing if there are none. */
    Optional<String> integers() {
        BigInteger from = low == null ? null : bound(low, openLow, RoundingMode.CEILING, 1);
        BigInteger to = high == null ? null : bound(high, openHigh, RoundingMode.FLOOR, -1);
        List<String> parts = new ArrayList<>();
        if (from == null || from.signum() < 0) {
            BigInteger least = to == null || to.signum() >= 0 ? BigInteger.ONE : to.negate();
            naturals(least, from == null ? null : from.negate()).ifPresent(part -> parts.add("\"-\" (" + part + ")"));
        }
        if (to == null || to.signum() >= 0) {
            naturals(from == null ? BigInteger.ZERO : from.max(BigInteger.ZERO), to)
                    .ifPresent(parts::add);
        }
        return join(parts);
    }

    private static BigInteger bound(BigDecimal value, boolean open, RoundingMode rounding, int inwards) {
        BigInteger rounded = value.setScale(0, rounding).toBigInteger();
        return open && new BigDecimal(rounded).compareTo(value) == 0
                ? rounded.add(BigInteger.valueOf(inwards))
                : rounded;
    }

    /** Return the decimal numbers of the range, or nothing if there are none. */
    Optional<String> decimals() {
        List<String> parts = new ArrayList<>();
        if (low == null || low.signum() < 0) {
            boolean below = high != null && high.signum() < 0;
            var mirrored = new NumberRange(
                    high != null && below ? high.negate() : BigDecimal.ZERO,
                    !below || openHigh,
                    low == null ? null : low.negate(),
                    openLow);
            mirrored.positives().ifPresent(part -> parts.add("\"-\" (" + part + ")"));
        }
        if (high == null || high.signum() >= 0) {
            boolean fromZero = low == null || low.signum() < 0;
            new NumberRange(fromZero ? BigDecimal.ZERO : low, !fromZero && openLow, high, openHigh)
                    .positives()
                    .ifPresent(parts::add);
        }
        return join(parts);
    }

    /** Return the decimal numbers of a range that begins at 0 or above. */
    private Optional<String> positives() {
        BigDecimal from = low == null ? BigDecimal.ZERO : low;
        BigInteger first = from.toBigInteger();
        String firstFraction = fraction(from);
        List<String> parts = new ArrayList<>();
        if (high == null) {
            parts.add("\"" + first + "\" " + fractionFrom(firstFraction, openLow));
            naturals(first.add(BigInteger.ONE), null).ifPresent(part -> parts.add("(" + part + ") " + ANY_FRACTION));
            return join(parts);
        }
        BigInteger last = high.toBigInteger();
        String lastFraction = fraction(high);
        if (first.compareTo(last) > 0) {
            return Optional.empty();
        }
        if (first.equals(last)) {
            between(firstFraction, lastFraction).ifPresent(part -> parts.add("\"" + first + "\" (" + part + ")"));
            return join(parts);
        }
        parts.add("\"" + first + "\" " + fractionFrom(firstFraction, openLow));
        naturals(first.add(BigInteger.ONE), last.subtract(BigInteger.ONE))
                .ifPresent(part -> parts.add("(" + part + ") " + ANY_FRACTION));
        if (lastFraction.isEmpty()) {
            if (!openHigh) {
                parts.add("\"" + last + "\" \".0\"?");
            }
        } else {
            parts.add("\"" + last + "\" (\".\" ("
                    + digitsTo(lastFraction, openHigh).orElse("\"0\"") + "))?");
        }
        return join(parts);
    }

    private static String fraction(BigDecimal value) {
        BigDecimal fraction = value.remainder(BigDecimal.ONE).stripTrailingZeros();
        return fraction.signum() == 0 ? "" : fraction.toPlainString().substring(2);
    }

    private static String fractionFrom(String digits, boolean open) {
        if (digits.isEmpty()) {
            return open ? "\".\" " + SOME_FRACTION : ANY_FRACTION;
        }
        return "\".\" (" + digitsFrom(digits, open) + ")";
    }

    /** Return the fractions from one up to another, with their point. */
    private Optional<String> between(String from, String to) {
        int length = Math.max(from.length(), to.length());
        String one = from + "0".repeat(length - from.length());
        String two = to + "0".repeat(length - to.length());
        if (one.compareTo(two) > 0 || (one.equals(two) && (openLow || openHigh))) {
            return Optional.empty();
        }
        List<String> parts = new ArrayList<>();
        if (from.isEmpty() && !openLow) {
            parts.add("\"\"");
        }
        if (one.equals(two)) {
            return join(from.isEmpty() ? List.of("\".0\"?") : List.of("\"." + from + "\""));
        }
        int same = 0;
        while (one.charAt(same) == two.charAt(same)) {
            same++;
        }
        String prefix = "\"." + one.substring(0, same) + "\" ";
        char first = one.charAt(same);
        char last = two.charAt(same);
        parts.add(prefix + "\"" + first + "\" (" + digitsFrom(one.substring(same + 1), openLow) + ")");
        if (first + 1 < last) {
            parts.add(prefix + set(first + 1, last - 1) + " " + TAIL);
        }
        String rest = to.length() > same + 1 ? to.substring(same + 1) : "";
        if (!rest.isEmpty()) {
            parts.add(prefix + "\"" + last + "\""
                    + digitsTo(rest, openHigh).map(part -> " (" + part + ")?").orElse(""));
        } else if (!openHigh) {
            parts.add(prefix + "\"" + last + "\"");
        }
        return join(parts);
    }

    /** Return the digits behind a point that are a number from these on. */
    private static String digitsFrom(String digits, boolean open) {
        if (digits.isEmpty()) {
            return open ? SOME_FRACTION : TAIL;
        }
        char first = digits.charAt(0);
        String same = "\"" + first + "\" (" + digitsFrom(digits.substring(1), open) + ")";
        return first == '9' ? same : set(first + 1, '9') + " " + TAIL + " | " + same;
    }

    /** Return the digits behind a point, at least one, that are a number up to these; the last of these is not 0. */
    private static Optional<String> digitsTo(String digits, boolean open) {
        char first = digits.charAt(0);
        List<String> parts = new ArrayList<>();
        if (first > '0') {
            parts.add(set('0', first - 1) + " " + TAIL);
        }
        if (digits.length() > 1) {
            parts.add("\"" + first + "\""
                    + digitsTo(digits.substring(1), open)
                            .map(part -> " (" + part + ")?")
                            .orElse(""));
        } else if (!open) {
            parts.add("\"" + first + "\"");
        }
        return join(parts);
    }

    /** Return the natural numbers from one up to another. */
    private static Optional<String> naturals(BigInteger from, @Nullable BigInteger to) {
        String low = from.toString();
        List<String> parts = new ArrayList<>();
        if (to == null) {
            parts.add(sameLength(low, "9".repeat(low.length())));
            int most = Math.max(low.length(), DIGITS - 1);
            parts.add("[1-9] [0-9]{" + low.length() + "," + most + "}");
            return join(parts);
        }
        if (from.compareTo(to) > 0) {
            return Optional.empty();
        }
        String high = to.toString();
        for (int length = low.length(); length <= high.length(); length++) {
            String first = length == low.length() ? low : "1" + "0".repeat(length - 1);
            String last = length == high.length() ? high : "9".repeat(length);
            parts.add(sameLength(first, last));
        }
        return join(parts);
    }

    private static String sameLength(String from, String to) {
        if (from.isEmpty()) {
            return "\"\"";
        }
        char first = from.charAt(0);
        char last = to.charAt(0);
        int rest = from.length() - 1;
        if (first == last) {
            return "\"" + first + "\"" + (rest == 0 ? "" : " (" + sameLength(from.substring(1), to.substring(1)) + ")");
        }
        boolean wholeFirst = from.substring(1).equals("0".repeat(rest));
        boolean wholeLast = to.substring(1).equals("9".repeat(rest));
        List<String> parts = new ArrayList<>();
        if (!wholeFirst) {
            parts.add("\"" + first + "\" (" + sameLength(from.substring(1), "9".repeat(rest)) + ")");
        }
        int begin = wholeFirst ? first : first + 1;
        int end = wholeLast ? last : last - 1;
        if (begin <= end) {
            parts.add(set(begin, end) + (rest == 0 ? "" : " [0-9]{" + rest + "}"));
        }
        if (!wholeLast) {
            parts.add("\"" + last + "\" (" + sameLength("0".repeat(rest), to.substring(1)) + ")");
        }
        return String.join(" | ", parts);
    }

    private static String set(int from, int to) {
        return from == to ? "\"" + (char) from + "\"" : "[" + (char) from + "-" + (char) to + "]";
    }

    private static Optional<String> join(List<String> parts) {
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(" | ", parts));
    }
}
