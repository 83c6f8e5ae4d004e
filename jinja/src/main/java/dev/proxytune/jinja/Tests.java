package dev.proxytune.jinja;

import dev.proxytune.jinja.Value.Bool;
import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import dev.proxytune.jinja.Value.Real;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** List the tests, which stand behind {@code is}. */
final class Tests {
    /** What a test looks at. */
    @FunctionalInterface
    private interface Test {
        boolean passes(Budget budget, Value value, Arguments arguments);
    }

    private static final Map<String, Test> ALL = all();

    private Tests() {}

    private static Map<String, Test> all() {
        Map<String, Test> all = new HashMap<>();
        all.put("odd", (budget, value, _) -> modulo(budget, value, Int.of(2)).equals("1"));
        all.put("even", (budget, value, _) -> modulo(budget, value, Int.of(2)).equals("0"));
        all.put(
                "divisibleby",
                (budget, value, arguments) -> modulo(
                                budget,
                                value,
                                arguments.bind("divisibleby", "num").get(0))
                        .equals("0"));
        all.put("defined", plain(value -> !(value instanceof Undefined)));
        all.put("undefined", plain(value -> value instanceof Undefined));
        all.put("none", plain(value -> value == None.NONE));
        all.put("boolean", plain(value -> value instanceof Bool));
        all.put("false", plain(value -> value == Bool.FALSE));
        all.put("true", plain(value -> value == Bool.TRUE));
        all.put("integer", plain(value -> value instanceof Int));
        all.put("float", plain(value -> value instanceof Real));
        all.put("number", plain(Numbers::isNumber));
        all.put("string", plain(value -> value instanceof Text));
        all.put("mapping", plain(value -> value instanceof Dict));
        all.put("sequence", plain(Tests::isSequence));
        all.put("iterable", plain(Iteration::isIterable));
        all.put(
                "callable",
                plain(value -> value instanceof Function || value instanceof Loop || value instanceof Undefined));
        all.put("escaped", plain(value -> value instanceof Text text && text.isMarkup()));
        all.put("filter", (budget, value, _) -> Filters.has(String.valueOf(Dict.key(budget, value))));
        all.put("test", (budget, value, _) -> has(String.valueOf(Dict.key(budget, value))));
        all.put("lower", (budget, value, _) -> Casing.isLower(scanned(budget, value)));
        all.put("upper", (budget, value, _) -> Casing.isUpper(scanned(budget, value)));
        all.put(
                "sameas",
                (_, value, arguments) ->
                        same(value, arguments.bind("sameas", "other").get(0)));
        all.put(
                "in",
                (budget, value, arguments) ->
                        Comparisons.contains(budget, arguments.bind("in", "seq").get(0), value));
        comparisons(all);
        return all;
    }

    private static void comparisons(Map<String, Test> all) {
        for (String name : new String[] {"==", "eq", "equalto"}) {
            all.put(name, (budget, value, arguments) -> Comparisons.equal(budget, value, other(arguments)));
        }
        for (String name : new String[] {"!=", "ne"}) {
            all.put(name, (budget, value, arguments) -> !Comparisons.equal(budget, value, other(arguments)));
        }
        Map<String, String> orders = Map.of(
                ">",
                ">",
                "gt",
                ">",
                "greaterthan",
                ">",
                ">=",
                ">=",
                "ge",
                ">=",
                "<",
                "<",
                "lt",
                "<",
                "lessthan",
                "<",
                "<=",
                "<=",
                "le",
                "<=");
        orders.forEach((name, operator) -> all.put(
                name, (budget, value, arguments) -> Comparisons.ordered(budget, operator, value, other(arguments))));
    }

    private static Value other(Arguments arguments) {
        return arguments.positional("a comparison", 1, 1).getFirst();
    }

    private static Test plain(Predicate<Value> test) {
        return (_, value, arguments) -> {
            arguments.positional("the test", 0, 0);
            return test.test(value);
        };
    }

    private static String scanned(Budget budget, Value value) {
        String text = Printer.str(budget, value).string();
        budget.steps(text.length() / 16);
        return text;
    }

    private static String modulo(Budget budget, Value value, Value by) {
        Value rest = Operators.apply(budget, "%", value, by);
        return rest instanceof Real real && real.value() == Math.rint(real.value())
                ? Long.toString((long) real.value())
                : Printer.str(budget, rest).string();
    }

    private static boolean isSequence(Value value) {
        return switch (value) {
            case Text _, ListValue _, Tuple _, Dict _, Value.Range _, Undefined _ -> true;
            default -> false;
        };
    }

    /** Tell whether two values are one object in Python, where small numbers and equal literals are. */
    @SuppressWarnings("ReferenceEquality") // identity is what is asked for
    private static boolean same(Value one, Value two) {
        if (one instanceof Int a && two instanceof Int b) {
            return a.value().equals(b.value());
        }
        return one == two || (one instanceof Text && one.equals(two));
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static boolean apply(Budget budget, String name, Value value, Arguments arguments) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new Fault("No test named '" + name + "' found");
        }
        budget.step();
        return test.passes(budget, value, arguments);
    }
}
