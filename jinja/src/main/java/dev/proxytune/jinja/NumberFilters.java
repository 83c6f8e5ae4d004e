package dev.proxytune.jinja;

import dev.proxytune.jinja.Filters.Filter;
import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import dev.proxytune.jinja.Value.Real;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;

/** The filters that make and change numbers. */
final class NumberFilters {
    static final Map<String, Filter> ALL = Map.of(
            "abs", NumberFilters::absolute,
            "int", NumberFilters::whole,
            "float", NumberFilters::real,
            "round", NumberFilters::round,
            "filesizeformat", NumberFilters::fileSize);

    private NumberFilters() {}

    private static Value absolute(Budget budget, Value value, Arguments arguments) {
        arguments.positional("abs", 0, 0);
        return switch (value) {
            case Int number -> new Int(number.value().abs(), number.isInput());
            case Real number -> new Real(Math.abs(number.value()), number.isInput());
            case Value.Bool bool -> Int.of(bool == Value.Bool.TRUE ? 1 : 0);
            default -> throw new Fault("bad operand type for abs(): '" + value.type() + "'");
        };
    }

    private static Value whole(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("int", "default", "base");
        Value otherwise = bound.get(0, Int.ZERO);
        int base = bound.integer(1, 10);
        return switch (value) {
            case Int number -> number;
            case Value.Bool _ -> new Int(Numbers.whole(value).orElseThrow(), false);
            case Real number -> {
                if (Double.isInfinite(number.value())) {
                    throw new Fault("cannot convert float infinity to integer");
                }
                yield Double.isNaN(number.value())
                        ? otherwise
                        : new Int(Numbers.truncate(number.value()), number.isInput());
            }
            case Text text -> whole(budget, text, base, otherwise);
            case Undefined undefined -> throw undefined.fault();
            default -> otherwise;
        };
    }

    private static Value whole(Budget budget, Text text, int base, Value otherwise) {
        budget.steps(text.string().length() / 16);
        Optional<BigInteger> exact = Numbers.parseWhole(text.string(), base);
        if (exact.isPresent()) {
            return new Int(exact.get(), text.isInput());
        }
        Optional<Double> real = Numbers.parseReal(text.string()).filter(Double::isFinite);
        return real.isPresent() ? new Int(Numbers.truncate(real.get()), text.isInput()) : otherwise;
    }

    private static Value real(Budget budget, Value value, Arguments arguments) {
        Value otherwise = arguments.bind("float", "default").get(0, new Real(0, false));
        return switch (value) {
            case Real number -> number;
            case Int _, Value.Bool _ -> new Real(Numbers.real(value), value.isInput());
            case Text text -> {
                budget.steps(text.string().length() / 16);
                Optional<Double> number = Numbers.parseReal(text.string());
                yield number.isPresent() ? new Real(number.get(), text.isInput()) : otherwise;
            }
            case Undefined undefined -> throw undefined.fault();
            default -> otherwise;
        };
    }

    private static Value round(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("round", "precision", "method");
        int places = bound.integer(0, 0);
        String method =
                Printer.str(budget, bound.get(1, Text.trusted("common"))).string();
        if (!Numbers.isNumber(value)) {
            throw new Fault("type " + value.type() + " doesn't define __round__ method");
        }
        budget.number(Numbers.whole(value).map(BigInteger::bitLength).orElse(0));
        if (method.equals("common")) {
            return value instanceof Real number
                    ? new Real(Numbers.round(number.value(), places), number.isInput())
                    : new Int(Numbers.round(Numbers.whole(value).orElseThrow(), places), value.isInput());
        }
        if (!method.equals("ceil") && !method.equals("floor")) {
            throw new Fault("method must be common, ceil or floor");
        }
        double scale = Math.pow(10, places);
        double scaled = Numbers.real(value) * scale;
        return new Real((method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale, value.isInput());
    }

    private static Value fileSize(Budget budget, Value value, Arguments arguments) {
        boolean binary = arguments.bind("filesizeformat", "binary").truth(0, false);
        Value number = real(budget, value, Arguments.of(java.util.List.of(None.NONE)));
        if (!(number instanceof Real real)) {
            throw new Fault("could not convert to float: " + Printer.brief(value));
        }
        double bytes = real.value();
        double base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return Text.trusted("1 Byte");
        }
        if (bytes < base) {
            return Text.of(Numbers.truncate(bytes) + " Bytes", real.isInput());
        }
        String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
        int power = 0;
        while (power < prefixes.length() - 1 && bytes >= Math.pow(base, power + 2)) {
            power++;
        }
        Text shown = FormatSpec.parse(".1f")
                .format(budget, new Real(base * bytes / Math.pow(base, power + 2), real.isInput()));
        return Text.of(shown + " " + prefixes.charAt(power) + (binary ? "iB" : "B"), real.isInput());
    }
}
