package dev.proxytune.jinja;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a function, filter or test is called with.
 *
 * @param values those without names
 * @param named those with names, in order
 */
record Arguments(List<Value> values, SequencedMap<String, Value> named) {
    static final Arguments NONE = of(List.of());

    static Arguments of(List<Value> values) {
        return new Arguments(values, new java.util.LinkedHashMap<>());
    }

    /** Return the arguments of a function that takes none with names. */
    List<Value> positional(String function, int least, int most) {
        if (!named.isEmpty()) {
            throw new Fault(function + "() takes no keyword arguments");
        }
        if (values.size() < least || values.size() > most) {
            throw new Fault(
                    function + "() takes " + (least == most ? "" : values.size() < least ? "at least " : "at most ")
                            + count(values.size() < least ? least : most) + " (" + values.size() + " given)");
        }
        return values;
    }

    private static String count(int number) {
        return number + (number == 1 ? " argument" : " arguments");
    }

    /** Return the arguments of a function by its parameters' names, in whichever way they were given. */
    Bound bind(String function, String... names) {
        if (values.size() > names.length) {
            throw new Fault(function + "() takes at most " + count(names.length) + " (" + values.size() + " given)");
        }
        @Nullable Value[] bound = new @Nullable Value[names.length];
        for (int i = 0; i < values.size(); i++) {
            bound[i] = values.get(i);
        }
        for (Map.Entry<String, Value> argument : named.entrySet()) {
            int at = List.of(names).indexOf(argument.getKey());
            if (at < 0) {
                throw new Fault(function + "() got an unexpected keyword argument '" + argument.getKey() + "'");
            }
            if (bound[at] != null) {
                throw new Fault(function + "() got multiple values for argument '" + argument.getKey() + "'");
            }
            bound[at] = argument.getValue();
        }
        return new Bound(function, names, bound);
    }

    /** Arguments by parameter. */
    static final class Bound {
        private final String function;
        private final String[] names;
        private final @Nullable Value[] values;

        private Bound(String function, String[] names, @Nullable Value[] values) {
            this.function = function;
            this.names = names;
            this.values = values;
        }

        boolean has(int parameter) {
            return values[parameter] != null;
        }

        /** Return an argument that must be there. */
        Value get(int parameter) {
            Value value = values[parameter];
            if (value == null) {
                throw new Fault(function + "() missing required argument: '" + names[parameter] + "'");
            }
            return value;
        }

        Value get(int parameter, Value otherwise) {
            Value value = values[parameter];
            return value == null ? otherwise : value;
        }

        /** Return an argument as a whole number that fits an int; larger ones are cut to its range. */
        int integer(int parameter, int otherwise) {
            Value value = values[parameter];
            return value == null ? otherwise : Numbers.index(value);
        }

        boolean truth(int parameter, boolean otherwise) {
            Value value = values[parameter];
            return value == null ? otherwise : Comparisons.isTrue(value);
        }
    }
}
