package dev.proxytune.jinja;

import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import java.math.BigInteger;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {
    /** As in Jinja2's sandbox. */
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    static Map<String, Value> all(Budget budget, Clock clock) {
        Map<String, Value> all = new HashMap<>();
        all.put("range", new Function("range", Globals::range));
        all.put("dict", new Function("dict", arguments -> dict(budget, arguments)));
        all.put("namespace", new Function("namespace", arguments -> namespace(budget, arguments)));
        all.put(
                "cycler",
                new Function("cycler", arguments -> new Cycler(arguments.positional("cycler", 0, Integer.MAX_VALUE))));
        all.put("joiner", new Function("joiner", Globals::joiner));
        all.put("raise_exception", new Function("raise_exception", arguments -> {
            throw new Fault(Printer.str(
                            budget, arguments.bind("raise_exception", "message").get(0))
                    .string());
        }));
        all.put("strftime_now", new Function("strftime_now", arguments -> {
            Text format =
                    TextMethods.string(arguments.bind("strftime_now", "format").get(0), "strftime_now");
            budget.text(format.string().length() * 8L);
            return Text.of(Dates.format(format.string(), ZonedDateTime.now(clock)), format.isInput());
        }));
        return all;
    }

    private static Value range(Arguments arguments) {
        List<Value> given = arguments.positional("range", 1, 3);
        for (Value value : given) {
            if (Numbers.whole(value).isEmpty()) {
                throw value instanceof Undefined undefined
                        ? undefined.fault()
                        : new Fault("'" + value.type() + "' object cannot be interpreted as an integer");
            }
        }
        BigInteger start = given.size() == 1 ? BigInteger.ZERO : number(given.get(0));
        BigInteger stop = number(given.size() == 1 ? given.get(0) : given.get(1));
        BigInteger step = given.size() < 3 ? BigInteger.ONE : number(given.get(2));
        if (step.signum() == 0) {
            throw new Fault("range() arg 3 must not be zero");
        }
        BigInteger span = step.signum() > 0 ? stop.subtract(start) : start.subtract(stop);
        BigInteger size = span.signum() <= 0
                ? BigInteger.ZERO
                : span.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
        if (size.compareTo(BigInteger.valueOf(MAX_RANGE)) > 0) {
            throw new Fault("Range too big: it has " + size + " numbers, and the limit is " + MAX_RANGE);
        }
        return new Value.Range(start, stop, step, size.intValue());
    }

    private static BigInteger number(Value value) {
        return Numbers.whole(value).orElseThrow();
    }

    private static Dict dict(Budget budget, Arguments arguments) {
        if (arguments.values().size() > 1) {
            throw new Fault("dict expected at most 1 argument, got "
                    + arguments.values().size());
        }
        var built = new Dict.Builder(budget);
        for (Value value : arguments.values()) {
            if (value instanceof Dict dict) {
                dict.entries().forEach(entry -> built.put(entry.key(), entry.value()));
            } else {
                for (Value pair : Iteration.list(budget, value)) {
                    List<Value> both = Iteration.list(budget, pair);
                    if (both.size() != 2) {
                        throw new Fault(
                                "dictionary update sequence element has length " + both.size() + "; 2 is required");
                    }
                    built.put(both.get(0), both.get(1));
                }
            }
        }
        arguments.named().forEach((name, value) -> built.put(Text.trusted(name), value));
        return built.build();
    }

    private static Value namespace(Budget budget, Arguments arguments) {
        var namespace = new Namespace();
        for (Dict.Entry entry : dict(budget, arguments).entries()) {
            namespace.set(TextMethods.string(entry.key(), "namespace").string(), entry.value());
        }
        return namespace;
    }

    private static Value joiner(Arguments arguments) {
        Value separator = arguments.bind("joiner", "sep").get(0, Text.trusted(", "));
        var used = new Object() {
            private boolean yes;
        };
        return new Function("joiner", _ -> {
            Value now = used.yes ? separator : Text.EMPTY;
            used.yes = true;
            return now == None.NONE ? Int.ZERO : now;
        });
    }
}
