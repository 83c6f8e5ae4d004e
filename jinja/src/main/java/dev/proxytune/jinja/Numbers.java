package dev.proxytune.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;

/** Read, write and round numbers as Python does. */
final class Numbers {
    /** Python writes and reads no longer ones in decimal. */
    static final int MAX_DIGITS = 4300;

    private Numbers() {}

    /** Return a truth value or whole number as one, or empty. */
    static Optional<BigInteger> whole(Value value) {
        return switch (value) {
            case Value.Int number -> Optional.of(number.value());
            case Value.Bool bool -> Optional.of(bool == Value.Bool.TRUE ? BigInteger.ONE : BigInteger.ZERO);
            default -> Optional.empty();
        };
    }

    static boolean isNumber(Value value) {
        return value instanceof Value.Int || value instanceof Value.Bool || value instanceof Value.Real;
    }

    /** Return a number as floating point. */
    static double real(Value value) {
        if (value instanceof Value.Real number) {
            return number.value();
        }
        double converted = whole(value)
                .orElseThrow(() -> new Fault("must be a number, not '" + value.type() + "'"))
                .doubleValue();
        if (Double.isInfinite(converted)) {
            throw new Fault("int too large to convert to float");
        }
        return converted;
    }

    /** Return a whole number cut to the range of an int. */
    static int index(Value value) {
        BigInteger number = whole(value)
                .orElseThrow(() -> new Fault("'" + value.type() + "' object cannot be interpreted as an integer"));
        return number.bitLength() < 32
                ? number.intValue()
                : number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }

    static String text(Budget budget, BigInteger value) {
        budget.scan(value.bitLength());
        // A decimal digit takes more than three bits.
        if (value.bitLength() > MAX_DIGITS * 3) {
            String text = value.bitLength() > MAX_DIGITS * 4 ? "" : value.abs().toString();
            if (text.isEmpty() || text.length() > MAX_DIGITS) {
                throw new Fault("a whole number has more than " + MAX_DIGITS + " digits and cannot be written");
            }
        }
        return value.toString();
    }

    /** Return the shortest text that reads back as the number. */
    static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        return scientific(decimal, exponent, 'e');
    }

    /** Write digits with a point after the first, and the exponent with at least two digits. */
    static String scientific(BigDecimal decimal, int exponent, char letter) {
        String digits = decimal.unscaledValue().abs().toString();
        return (decimal.signum() < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + letter
                + (exponent < 0 ? '-' : '+')
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    /** Read a floating-point number as Python's {@code float} does. */
    static Optional<Double> parseReal(String given) {
        String text = ascii(strip(given).toLowerCase(Locale.ROOT));
        String bare = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
        double sign = text.startsWith("-") ? -1 : 1;
        switch (bare) {
            case "inf", "infinity" -> {
                return Optional.of(sign * Double.POSITIVE_INFINITY);
            }
            case "nan" -> {
                return Optional.of(Double.NaN);
            }
            default -> {}
        }
        Optional<String> digits = withoutUnderscores(bare);
        if (digits.isEmpty() || !isReal(digits.get())) {
            return Optional.empty();
        }
        return Optional.of(sign * Double.parseDouble(digits.get()));
    }

    /** Digits of any script are digits to Python. */
    private static String ascii(String text) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
        var ascii = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isDigit(c)) {
                ascii.append(Character.digit(c, 10));
            } else {
                ascii.appendCodePoint(c);
            }
        });
        return ascii.toString();
    }

    private static boolean isReal(String text) {
        int end = skipDigits(text, 0);
        int count = end;
        if (end < text.length() && text.charAt(end) == '.') {
            int fraction = skipDigits(text, end + 1);
            count += fraction - end - 1;
            end = fraction;
        }
        if (count > 0 && end < text.length() && text.charAt(end) == 'e') {
            int sign = end + 1 < text.length() && "+-".indexOf(text.charAt(end + 1)) >= 0 ? end + 2 : end + 1;
            int exponent = skipDigits(text, sign);
            return exponent > sign && exponent == text.length();
        }
        return count > 0 && end == text.length();
    }

    private static int skipDigits(String text, int from) {
        int at = from;
        while (at < text.length() && Chars.isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Remove single underscores between digits; empty if there are others. */
    private static Optional<String> withoutUnderscores(String text) {
        for (int i = text.indexOf('_'); i >= 0; i = text.indexOf('_', i + 1)) {
            if (i == 0
                    || i + 1 == text.length()
                    || Character.digit(text.charAt(i - 1), 36) < 0
                    || Character.digit(text.charAt(i + 1), 36) < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(text.replace("_", ""));
    }

    static String strip(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && Chars.isSpace(text.charAt(begin))) {
            begin++;
        }
        while (end > begin && Chars.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(begin, end);
    }

    /** Read a whole number as Python's {@code int(text, base)} does. */
    static Optional<BigInteger> parseWhole(String given, int base) {
        String text = strip(given).toLowerCase(Locale.ROOT);
        boolean negative = text.startsWith("-");
        String bare = negative || text.startsWith("+") ? text.substring(1) : text;
        int prefix = bare.length() > 2 && bare.charAt(0) == '0' ? "box".indexOf(bare.charAt(1)) : -1;
        int prefixBase = prefix < 0 ? 0 : new int[] {2, 8, 16}[prefix];
        int radix = base;
        if (prefixBase > 0 && (base == 0 || base == prefixBase)) {
            radix = prefixBase;
            bare = bare.substring(bare.charAt(2) == '_' ? 3 : 2);
        } else if (base == 0) {
            radix = 10;
            if (bare.length() > 1
                    && bare.charAt(0) == '0'
                    && !bare.replace("_", "").matches("0+")) {
                return Optional.empty();
            }
        }
        if (radix < 2 || radix > 36) {
            return Optional.empty();
        }
        Optional<String> digits = withoutUnderscores(bare);
        if (digits.isEmpty() || digits.get().isEmpty() || digits.get().length() > MAX_DIGITS) {
            return Optional.empty();
        }
        for (int i = 0; i < digits.get().length(); i++) {
            if (Character.digit(digits.get().charAt(i), radix) < 0) {
                return Optional.empty();
            }
        }
        BigInteger value = new BigInteger(digits.get(), radix);
        return Optional.of(negative ? value.negate() : value);
    }

    /** Round half to even at a decimal place, by the number's exact value. */
    static double round(double value, int places) {
        if (!Double.isFinite(value) || value == 0 || places > 330) {
            return value;
        }
        if (places < -330) {
            return Math.copySign(0, value);
        }
        double rounded =
                new BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).doubleValue();
        return Math.copySign(rounded, value);
    }

    static BigInteger round(BigInteger value, int places) {
        if (places >= 0) {
            return value;
        }
        if (places < -MAX_DIGITS) {
            return BigInteger.ZERO;
        }
        return new BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).toBigInteger();
    }

    /** Return the whole part of a number. */
    static BigInteger truncate(double value) {
        if (Double.isNaN(value)) {
            throw new Fault("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(value)) {
            throw new Fault("cannot convert float infinity to integer");
        }
        return new BigDecimal(value).toBigInteger();
    }
}
