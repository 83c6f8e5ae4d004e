package dev.proxytune.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fill texts in the manner of {@code "%s: %5.2f" % (name, value)}. */
final class PercentFormat {
    private final Budget budget;
    private final Text format;
    private final String string;
    private final TextBuilder out;
    private final Value given;
    private final @Nullable List<Value> values;
    private int used;
    private int at;

    private PercentFormat(Budget budget, Text format, Value given) {
        this.budget = budget;
        this.format = format;
        this.string = format.string();
        this.out = new TextBuilder(budget);
        this.given = given;
        this.values = given instanceof Tuple tuple ? tuple.items() : null;
    }

    static Text format(Budget budget, Text format, Value given) {
        return new PercentFormat(budget, format, given).run();
    }

    private Text run() {
        budget.scan(string.length());
        boolean mapped = false;
        while (true) {
            int mark = string.indexOf('%', at);
            out.append(format, at, mark < 0 ? string.length() : mark);
            if (mark < 0) {
                break;
            }
            at = mark + 1;
            mapped |= at < string.length() && string.charAt(at) == '(';
            conversion();
        }
        boolean left = values != null ? used < values.size() : used == 0;
        boolean mapping = given instanceof Dict || given instanceof ListValue || given instanceof Value.Range;
        if (left && !mapped && !mapping) {
            throw new Fault("not all arguments converted during string formatting");
        }
        return out.build().withMarkup(format.isMarkup());
    }

    private Value next() {
        if (values == null ? used > 0 : used >= values.size()) {
            throw new Fault("not enough arguments for format string");
        }
        Value value = values == null ? given : values.get(used);
        used++;
        return value;
    }

    private char current() {
        if (at >= string.length()) {
            throw new Fault("incomplete format");
        }
        return string.charAt(at);
    }

    private void conversion() {
        Value mapped = current() == '(' ? mapped() : null;
        String flags = "";
        while ("-+ 0#".indexOf(current()) >= 0) {
            flags += string.charAt(at++);
        }
        int width = number();
        boolean left = flags.contains("-") || width < 0;
        int precision = -1;
        if (current() == '.') {
            at++;
            precision = Math.max(0, number());
        }
        while ("hlL".indexOf(current()) >= 0) {
            at++;
        }
        char type = string.charAt(at++);
        if (type == '%') {
            out.append('%', format.isInputAt(at - 1));
            return;
        }
        Value value = mapped == null ? next() : mapped;
        char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
        boolean zeros = flags.contains("0") && !left;
        boolean number = "sracdiu".indexOf(type) < 0 || "diu".indexOf(type) >= 0;
        char align = left ? '<' : zeros && number ? '=' : '>';
        var spec = new FormatSpec(
                align == '=' ? '0' : ' ', align, sign, flags.contains("#"), Math.abs(width), (char) 0, precision, type);
        Text text = converted(spec, value);
        out.append(format.isMarkup() && "sra".indexOf(type) >= 0 ? Html.escape(budget, text) : text);
    }

    private Value mapped() {
        int end = string.indexOf(')', at);
        if (end < 0) {
            throw new Fault("incomplete format key");
        }
        String key = string.substring(at + 1, end);
        at = end + 1;
        if (!(given instanceof Dict dict)) {
            throw new Fault("format requires a mapping");
        }
        Value value = dict.get(key);
        if (value == null) {
            throw new Fault("'" + key + "'");
        }
        return value;
    }

    private int number() {
        if (current() == '*') {
            at++;
            return Numbers.index(next());
        }
        int end = FormatSpec.digits(string, at);
        int number = FormatSpec.number(string, at, end);
        at = end;
        return number;
    }

    private Text converted(FormatSpec spec, Value value) {
        return switch (spec.type()) {
            case 's' -> plain(spec).format(budget, Printer.str(budget, value).withMarkup(false));
            case 'r', 'a' -> plain(spec).format(budget, Printer.repr(budget, value));
            case 'c' -> plain(spec).format(budget, character(value));
            case 'd', 'i', 'u' -> {
                Value whole = value instanceof Value.Real real
                        ? new Value.Int(Numbers.truncate(real.value()), real.isInput())
                        : value;
                yield number(spec, 'd', whole);
            }
            case 'x', 'X', 'o', 'e', 'E', 'f', 'F', 'g', 'G' -> number(spec, spec.type(), value);
            default -> throw new Fault("unsupported format character '" + spec.type() + "'");
        };
    }

    private static Text character(Value value) {
        if (value instanceof Text text && text.length() == 1) {
            return text;
        }
        int code = value instanceof Text ? -1 : Numbers.index(value);
        if (!Character.isValidCodePoint(code)) {
            throw new Fault("the conversion c takes a number or one character");
        }
        return Text.of(Character.toString(code), value.isInput());
    }

    private static FormatSpec plain(FormatSpec spec) {
        return new FormatSpec(' ', spec.align(), '-', false, spec.width(), (char) 0, spec.precision(), 's');
    }

    private Text number(FormatSpec spec, char type, Value value) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (!Numbers.isNumber(value) || (value instanceof Value.Real && "xXo".indexOf(type) >= 0)) {
            throw new Fault("%" + type + " format: a number is required, not " + value.type());
        }
        boolean whole = "dxXo".indexOf(type) >= 0;
        Value number =
                value instanceof Value.Bool ? new Value.Int(Numbers.whole(value).orElseThrow(), false) : value;
        if (whole && spec.precision() >= 0) {
            Text digits = new FormatSpec(
                            '0', '=', spec.sign(), false, spec.precision() + sign(spec, number), (char) 0, -1, type)
                    .format(budget, number);
            return plain(spec).withoutPrecision().format(budget, digits);
        }
        return new FormatSpec(
                        spec.fill(),
                        spec.align(),
                        spec.sign(),
                        spec.alternate(),
                        spec.width(),
                        (char) 0,
                        spec.precision(),
                        type)
                .format(budget, number);
    }

    private static int sign(FormatSpec spec, Value number) {
        return spec.sign() != '-' || Numbers.whole(number).orElseThrow().signum() < 0 ? 1 : 0;
    }
}
