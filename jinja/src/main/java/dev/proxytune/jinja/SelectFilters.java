package dev.proxytune.jinja;

import dev.proxytune.jinja.Filters.Filter;
import dev.proxytune.jinja.Value.None;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The filters that apply filters and tests to each item. */
final class SelectFilters {
    static final Map<String, Filter> ALL = Map.of(
            "map", SelectFilters::map,
            "select", (budget, value, arguments) -> select(budget, value, arguments, false, true),
            "reject", (budget, value, arguments) -> select(budget, value, arguments, false, false),
            "selectattr", (budget, value, arguments) -> select(budget, value, arguments, true, true),
            "rejectattr", (budget, value, arguments) -> select(budget, value, arguments, true, false));

    private SelectFilters() {}

    private static Value map(Budget budget, Value value, Arguments arguments) {
        return Lazy.of(
                budget,
                ListFilters.deferred(() -> {
                    if (!Comparisons.isTrue(value)) {
                        return Collections.emptyIterator();
                    }
                    UnaryOperator<Value> operation = operation(budget, arguments);
                    return mapped(budget, Iteration.iterator(budget, value), operation);
                }),
                value,
                arguments);
    }

    private static Iterator<Value> mapped(Budget budget, Iterator<Value> items, UnaryOperator<Value> operation) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                budget.step();
                return operation.apply(items.next());
            }
        };
    }

    private static UnaryOperator<Value> operation(Budget budget, Arguments arguments) {
        if (arguments.values().isEmpty() && arguments.named().containsKey("attribute")) {
            var bound = arguments.bind("map", "attribute", "default");
            if (!arguments.values().isEmpty()) {
                throw new Fault("map takes an attribute by name only");
            }
            Paths path = Paths.of(budget, bound.get(0)).withDefault(bound.get(1, None.NONE));
            return path::get;
        }
        if (arguments.values().isEmpty()) {
            throw new Fault("map requires a filter argument");
        }
        String name = TextMethods.string(arguments.values().getFirst(), "map").string();
        var rest = rest(arguments, 1);
        return item -> Filters.apply(budget, name, item, rest);
    }

    private static Arguments rest(Arguments arguments, int from) {
        List<Value> values = arguments.values();
        return new Arguments(
                values.subList(Math.min(from, values.size()), values.size()), new LinkedHashMap<>(arguments.named()));
    }

    private static Value select(Budget budget, Value value, Arguments arguments, boolean attribute, boolean wanted) {
        return Lazy.of(
                budget,
                ListFilters.deferred(() -> {
                    if (!Comparisons.isTrue(value)) {
                        return Collections.emptyIterator();
                    }
                    Predicate<Value> test = test(budget, arguments, attribute);
                    return Iteration.filter(
                            budget, Iteration.iterator(budget, value), item -> test.test(item) == wanted);
                }),
                value,
                arguments);
    }

    private static Predicate<Value> test(Budget budget, Arguments arguments, boolean attribute) {
        List<Value> values = arguments.values();
        if (attribute && values.isEmpty()) {
            throw new Fault("Missing parameter for attribute name");
        }
        Paths path = attribute ? Paths.of(budget, values.getFirst()) : Paths.of(budget, None.NONE);
        int at = attribute ? 1 : 0;
        if (values.size() <= at) {
            return item -> Comparisons.isTrue(path.get(item));
        }
        String name = TextMethods.string(values.get(at), "select").string();
        var rest = rest(arguments, at + 1);
        return item -> Tests.apply(budget, name, path.get(item), rest);
    }
}
