package dev.proxytune.jinja;

import java.util.HashMap;
import java.util.Map;

/** List the filters; a new one is a line in one of the classes named here. */
final class Filters {
    /** What a filter does to a value. */
    @FunctionalInterface
    interface Filter {
        Value apply(Budget budget, Value value, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        all.putAll(TextFilters.ALL);
        all.putAll(ListFilters.ALL);
        all.putAll(SelectFilters.ALL);
        all.putAll(NumberFilters.ALL);
        return Map.copyOf(all);
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(Budget budget, String name, Value value, Arguments arguments) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new Fault("No filter named '" + name + "' found");
        }
        budget.step();
        return filter.apply(budget, value, arguments);
    }
}
