package dev.proxytune.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Write numbers and texts to a format.
 *
 * @param fill the character to fill with
 * @param align {@code <}, {@code >}, {@code ^}, {@code =}, or 0 for the usual side
 * @param sign {@code +}, blank, or {@code -}
 * @param alternate whether to write {@code 0x} and the like
 * @param width the least width
 * @param grouping what stands between thousands, or 0
 * @param precision the digits, or -1
 * @param type the letter of the presentation, or 0
 */
record FormatSpec(
        char fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final int MAX_PRECISION = 1000;

    /** Read what stands behind the colon of a replacement field. */
    static FormatSpec parse(String spec) {
        int at = 0;
        char fill = ' ';
        char align = 0;
        if (spec.length() > 1 && "<>^=".indexOf(spec.charAt(1)) >= 0) {
            fill = spec.charAt(0);
            align = spec.charAt(1);
            at = 2;
        } else if (!spec.isEmpty() && "<>^=".indexOf(spec.charAt(0)) >= 0) {
            align = spec.charAt(0);
            at = 1;
        }
        char sign = '-';
        if (at < spec.length() && "+- ".indexOf(spec.charAt(at)) >= 0) {
            sign = spec.charAt(at++);
        }
        boolean alternate = at < spec.length() && spec.charAt(at) == '#';
        at += alternate ? 1 : 0;
        if (at < spec.length() && spec.charAt(at) == '0') {
            fill = align == 0 ? '0' : fill;
            align = align == 0 ? '=' : align;
            at++;
        }
        int end = digits(spec, at);
        int width = number(spec, at, end);
        at = end;
        char grouping = 0;
        if (at < spec.length() && ",_".indexOf(spec.charAt(at)) >= 0) {
            grouping = spec.charAt(at++);
        }
        int precision = -1;
        if (at < spec.length() && spec.charAt(at) == '.') {
            end = digits(spec, at + 1);
            if (end == at + 1) {
                throw new Fault("Format specifier missing precision");
            }
            precision = number(spec, at + 1, end);
            at = end;
        }
        char type = at < spec.length() ? spec.charAt(at++) : 0;
        if (at < spec.length()) {
            throw new Fault("Invalid format specifier '" + spec + "'");
        }
        return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
    }

    FormatSpec withoutPrecision() {
        return new FormatSpec(fill, align, sign, alternate, width, grouping, -1, type);
    }

    static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && Chars.isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static int number(String text, int from, int to) {
        if (to - from > 9) {
            throw new Fault("Too many decimal digits in format string");
        }
        return to == from ? 0 : Integer.parseInt(text.substring(from, to));
    }

    /** Write a value. */
    Text format(Budget budget, Value value) {
        return switch (value) {
            case Text text -> text(budget, text);
            case Value.Bool bool when type == 0 && width == 0 && precision < 0 -> Printer.str(budget, bool);
            case Value.Int _, Value.Bool _, Value.Real _ -> {
                String written = number(budget, value);
                yield number(budget, written, value.isInput());
            }
            default -> {
                if (isPlain()) {
                    yield Printer.str(budget, value);
                }
                throw new Fault("unsupported format string passed to " + value.type() + ".__format__");
            }
        };
    }

    private boolean isPlain() {
        return equals(parse(""));
    }

    private Text text(Budget budget, Text text) {
        if (type != 0 && type != 's') {
            throw new Fault("Unknown format code '" + type + "' for object of type 'str'");
        }
        if ((align == '=' && fill != '0') || sign != '-' || grouping != 0 || alternate) {
            throw new Fault("a text cannot be written with a sign, grouping or '='");
        }
        Text cut = precision >= 0 && precision < text.length() ? text.slice(0, text.offset(precision)) : text;
        return aligned(budget, cut, align == 0 || align == '=' ? '<' : align);
    }

    private Text aligned(Budget budget, Text text, char side) {
        int missing = Math.max(0, width - text.length());
        budget.text((long) missing + text.string().length());
        int before = side == '<' ? 0 : side == '^' ? missing / 2 : missing;
        String filler = Character.toString(fill);
        return new TextBuilder(budget)
                .append(filler.repeat(before), false)
                .append(text)
                .append(filler.repeat(missing - before), false)
                .build();
    }

    private Text number(Budget budget, String written, boolean input) {
        int signs = written.startsWith("-") || written.startsWith("+") || written.startsWith(" ") ? 1 : 0;
        if (alternate && written.length() > signs + 1 && "xXob".indexOf(written.charAt(signs + 1)) >= 0) {
            signs += 2;
        }
        if (align != '=') {
            return aligned(budget, Text.of(written, input), align == 0 ? '>' : align);
        }
        int missing = Math.max(0, width - written.length());
        budget.text(missing);
        String body = written.substring(signs);
        String zeros = Character.toString(fill).repeat(missing);
        String filled = fill == '0' && grouping != 0 && missing > 0 ? groupedZeros(body, width - signs) : zeros + body;
        return Text.of(written.substring(0, signs) + filled, input);
    }

    private String groupedZeros(String body, int length) {
        int size = groupSize();
        int point = body.indexOf('.') < 0 ? body.length() : body.indexOf('.');
        String plain = body.substring(0, point).replace(Character.toString(grouping), "");
        int end = size == 4 ? plain.length() : FormatSpec.digits(plain, 0);
        String rest = plain.substring(end) + body.substring(point);
        int wanted = length - rest.length();
        // The smallest number of digits that is at least so long with its separators.
        int count = wanted - (wanted - 1) / (size + 1);
        return grouped("0".repeat(Math.max(0, count - end)) + plain.substring(0, end)) + rest;
    }

    private String number(Budget budget, Value value) {
        if (precision > MAX_PRECISION) {
            throw new Fault("a number is written with at most " + MAX_PRECISION + " digits, not " + precision);
        }
        boolean whole = !(value instanceof Value.Real);
        return switch (type) {
            case 'd', 'n' -> whole(budget, value, 10);
            case 'x' -> whole(budget, value, 16);
            case 'X' -> whole(budget, value, 16).toUpperCase(java.util.Locale.ROOT);
            case 'o' -> whole(budget, value, 8);
            case 'b' -> whole(budget, value, 2);
            case 'c' -> character(value);
            case 0 ->
                whole && precision < 0
                        ? whole(budget, value, 10)
                        : real(Numbers.real(value), precision < 0 ? 'r' : 'G' + 1);
            case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> real(Numbers.real(value), type);
            default -> throw new Fault("Unknown format code '" + type + "' for object of type '" + value.type() + "'");
        };
    }

    private static String character(Value value) {
        int code = Numbers.index(value);
        if (!Character.isValidCodePoint(code)) {
            throw new Fault("there is no character with the number " + code);
        }
        return Character.toString(code);
    }

    private String whole(Budget budget, Value value, int radix) {
        if (value instanceof Value.Real) {
            throw new Fault("Unknown format code '" + type + "' for object of type 'float'");
        }
        if (precision >= 0) {
            throw new Fault("Precision not allowed in integer format specifier");
        }
        BigInteger number = Numbers.whole(value).orElseThrow();
        String digits;
        if (radix == 10) {
            digits = Numbers.text(budget, number.abs());
        } else {
            budget.text(number.bitLength());
            budget.number(number.bitLength());
            digits = number.abs().toString(radix);
        }
        String prefix = !alternate || radix == 10 ? "" : radix == 16 ? "0x" : radix == 8 ? "0o" : "0b";
        return signed(number.signum() < 0) + prefix + grouped(digits);
    }

    private String signed(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : Character.toString(sign);
    }

    private int groupSize() {
        return type == 'x' || type == 'X' || type == 'o' || type == 'b' ? 4 : 3;
    }

    /** Put the separator between thousands of the whole part. */
    private String grouped(String digits) {
        if (grouping == 0) {
            return digits;
        }
        int size = groupSize();
        int end = size == 4 ? digits.length() : FormatSpec.digits(digits, 0);
        var out = new StringBuilder(digits.length() + end / size);
        for (int at = 0; at < end; at++) {
            if (at > 0 && (end - at) % size == 0) {
                out.append(grouping);
            }
            out.append(digits.charAt(at));
        }
        return out.append(digits, end, digits.length()).toString();
    }

    private String real(double given, int letter) {
        double value = Math.abs(given);
        boolean negative = given < 0 || (given == 0 && 1 / given < 0);
        boolean upper = letter == 'E' || letter == 'F' || letter == 'G';
        String text;
        if (!Double.isFinite(value)) {
            text = Double.isNaN(value) ? "nan" : "inf";
        } else {
            int digits = precision < 0 ? 6 : precision;
            text = switch (letter) {
                case 'r' -> Numbers.text(value);
                case 'f', 'F' -> fixed(value, digits);
                case '%' -> fixed(value * 100, digits);
                case 'e', 'E' -> exponential(value, digits);
                case 'g', 'G' -> general(value, Math.max(1, digits), false);
                default -> general(value, Math.max(1, digits), true);
            };
        }
        text = grouped(text) + (letter == '%' ? "%" : "");
        return signed(negative) + (upper ? text.toUpperCase(java.util.Locale.ROOT) : text);
    }

    private static String fixed(double value, int digits) {
        return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String exponential(double value, int digits) {
        BigDecimal exact = new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = value == 0 ? 0 : exact.precision() - exact.scale() - 1;
        String unscaled = value == 0 ? "0" : exact.unscaledValue().toString();
        String padded = unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length()));
        return padded.charAt(0)
                + (digits > 0 ? "." + padded.substring(1, digits + 1) : "")
                + "e"
                + (exponent < 0 ? "-" : "+")
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    /** Write so many significant digits without zeros at the end. */
    private String general(double value, int digits, boolean point) {
        if (value == 0) {
            return point ? "0.0" : "0";
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= digits) {
            return Numbers.scientific(alternate ? rounded : rounded.stripTrailingZeros(), exponent, 'e');
        }
        String plain = rounded.stripTrailingZeros().toPlainString();
        return point && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
}
