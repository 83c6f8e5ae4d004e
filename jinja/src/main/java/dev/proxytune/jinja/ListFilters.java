package dev.proxytune.jinja;

import dev.proxytune.jinja.Filters.Filter;
import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The filters that take lists and dicts as a whole. */
final class ListFilters {
    static final Map<String, Filter> ALL = all();

    private ListFilters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        all.put("length", (_, value, _) -> Int.of(Iteration.length(value)));
        all.put("count", (_, value, _) -> Int.of(Iteration.length(value)));
        all.put("list", (budget, value, _) -> ListValue.of(budget, Iteration.list(budget, value)));
        all.put("default", ListFilters::otherwise);
        all.put("d", ListFilters::otherwise);
        all.put(
                "attr",
                (budget, value, arguments) -> Members.ownOrUndefined(
                        budget,
                        value,
                        TextMethods.string(arguments.bind("attr", "name").get(0), "attr")
                                .string()));
        all.put("first", ListFilters::first);
        all.put("last", ListFilters::last);
        all.put("random", ListFilters::first);
        all.put("reverse", ListFilters::reverse);
        all.put("join", ListFilters::join);
        all.put("items", ListFilters::items);
        all.put("dictsort", ListFilters::dictSort);
        all.put("sort", ListFilters::sort);
        all.put("unique", ListFilters::unique);
        all.put("min", (budget, value, arguments) -> extreme(budget, value, arguments, "min"));
        all.put("max", (budget, value, arguments) -> extreme(budget, value, arguments, "max"));
        all.put("sum", ListFilters::sum);
        all.put("groupby", ListFilters::groupBy);
        all.put("batch", ListFilters::batch);
        all.put("slice", ListFilters::slice);
        return all;
    }

    private static Value otherwise(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("default", "default_value", "boolean");
        boolean replaced = value instanceof Undefined || (bound.truth(1, false) && !Comparisons.isTrue(value));
        return replaced ? bound.get(0, Text.EMPTY) : value;
    }

    private static Value first(Budget budget, Value value, Arguments arguments) {
        Iterator<Value> items = Iteration.iterator(budget, value);
        return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
    }

    private static Value last(Budget budget, Value value, Arguments arguments) {
        Iterator<Value> items = reversed(budget, value);
        return items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.");
    }

    private static Iterator<Value> reversed(Budget budget, Value value) {
        if (value instanceof Lazy || value instanceof Loop || !Iteration.isIterable(value)) {
            throw new Fault("'" + value.type() + "' object is not reversible");
        }
        return Iteration.list(budget, value).reversed().iterator();
    }

    private static Value reverse(Budget budget, Value value, Arguments arguments) {
        if (value instanceof Text text) {
            return Members.slice(budget, text, None.NONE, None.NONE, Int.of(-1));
        }
        if (value instanceof Lazy) {
            List<Value> items = Iteration.list(budget, value);
            Collections.reverse(items);
            return ListValue.of(budget, items);
        }
        return Lazy.of(budget, "list_reverseiterator", reversed(budget, value), value, arguments);
    }

    private static Value join(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("join", "d", "attribute");
        Text separator = Printer.str(budget, bound.get(0, Text.EMPTY));
        Value attribute = bound.get(1, None.NONE);
        var out = new TextBuilder(budget);
        boolean begun = false;
        Iterator<Value> items = Iteration.iterator(budget, value);
        while (items.hasNext()) {
            budget.step();
            Value item = items.next();
            Value part =
                    attribute == None.NONE ? item : Paths.of(budget, attribute).get(item);
            out.append(begun ? separator : Text.EMPTY).append(Printer.str(budget, part));
            begun = true;
        }
        return out.build();
    }

    private static Value items(Budget budget, Value value, Arguments arguments) {
        return Lazy.of(
                budget,
                deferred(() -> switch (value) {
                    case Undefined _ -> Collections.emptyIterator();
                    case Dict dict -> new DictView(dict, DictView.Part.ITEMS).iterator(budget);
                    default -> throw new Fault("Can only get item pairs from a mapping.");
                }),
                value,
                arguments);
    }

    /** Return an iterator that is made when it is first asked. */
    static Iterator<Value> deferred(Supplier<Iterator<Value>> made) {
        return new Iterator<>() {
            private Iterator<Value> items = Collections.emptyIterator();
            private boolean begun;

            @Override
            public boolean hasNext() {
                if (!begun) {
                    begun = true;
                    items = made.get();
                }
                return items.hasNext();
            }

            @Override
            public Value next() {
                return hasNext()
                        ? items.next()
                        : Collections.<Value>emptyIterator().next();
            }
        };
    }

    private static Value dictSort(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        boolean sensitive = bound.truth(0, false);
        String by = Printer.str(budget, bound.get(1, Text.trusted("key"))).string();
        if (!by.equals("key") && !by.equals("value")) {
            throw new Fault("You can only sort by either \"key\" or \"value\"");
        }
        if (!(value instanceof Dict dict)) {
            throw value instanceof Undefined undefined
                    ? undefined.fault()
                    : new Fault("dictsort takes a dict, not '" + value.type() + "'");
        }
        List<Dict.Entry> sorted = Sorting.sorted(
                budget,
                new ArrayList<>(dict.entries()),
                entry -> {
                    Value key = by.equals("key") ? entry.key() : entry.value();
                    return sensitive ? key : TextFilters.ignoreCase(budget, key);
                },
                bound.truth(2, false));
        List<Value> pairs = new ArrayList<>();
        for (Dict.Entry entry : sorted) {
            pairs.add(Tuple.of(budget, List.of(entry.key(), entry.value())));
        }
        return ListValue.of(budget, pairs);
    }

    private static Value sort(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        boolean sensitive = bound.truth(1, false);
        List<Paths> paths = Paths.several(budget, bound.get(2, None.NONE));
        List<Value> sorted = Sorting.sorted(
                budget,
                Iteration.list(budget, value),
                item -> {
                    List<Value> keys = new ArrayList<>();
                    for (Paths path : paths) {
                        Value key = path.get(item);
                        keys.add(sensitive ? key : TextFilters.ignoreCase(budget, key));
                    }
                    return ListValue.of(budget, keys);
                },
                bound.truth(0, false));
        return ListValue.of(budget, sorted);
    }

    private static Value unique(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("unique", "case_sensitive", "attribute");
        boolean sensitive = bound.truth(0, false);
        Paths path = Paths.of(budget, bound.get(1, None.NONE));
        Set<Object> seen = new HashSet<>();
        return Lazy.of(
                budget,
                deferred(() -> Iteration.filter(budget, Iteration.iterator(budget, value), item -> {
                    Value key = path.get(item);
                    budget.items(2);
                    return seen.add(Dict.key(budget, sensitive ? key : TextFilters.ignoreCase(budget, key)));
                })),
                value,
                arguments);
    }

    private static Value extreme(Budget budget, Value value, Arguments arguments, String name) {
        var bound = arguments.bind(name, "case_sensitive", "attribute");
        boolean sensitive = bound.truth(0, false);
        Paths path = Paths.of(budget, bound.get(1, None.NONE));
        Iterator<Value> items = Iteration.iterator(budget, value);
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Value best = items.next();
        Value bestKey = sensitive ? path.get(best) : TextFilters.ignoreCase(budget, path.get(best));
        String operator = name.equals("min") ? "<" : ">";
        while (items.hasNext()) {
            Value item = items.next();
            Value key = sensitive ? path.get(item) : TextFilters.ignoreCase(budget, path.get(item));
            if (Comparisons.ordered(budget, operator, key, bestKey)) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value sum(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("sum", "attribute", "start");
        Paths path = Paths.of(budget, bound.get(0, None.NONE));
        Value total = bound.get(1, Int.ZERO);
        if (total instanceof Text) {
            throw new Fault("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Value> items = Iteration.iterator(budget, value);
        while (items.hasNext()) {
            budget.step();
            total = Operators.apply(budget, "+", total, path.get(items.next()));
        }
        return total;
    }

    private static Value groupBy(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        Paths path = Paths.of(budget, bound.get(0)).withDefault(bound.get(1, None.NONE));
        boolean sensitive = bound.truth(2, false);
        java.util.function.Function<Value, Value> key = item -> {
            Value found = path.get(item);
            return sensitive ? found : TextFilters.ignoreCase(budget, found);
        };
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        Value groupKey = None.NONE;
        for (Value item : Sorting.sorted(budget, Iteration.list(budget, value), key, false)) {
            Value itemKey = key.apply(item);
            if (!group.isEmpty() && !Comparisons.equal(budget, groupKey, itemKey)) {
                groups.add(group(budget, path, group));
                group = new ArrayList<>();
            }
            groupKey = itemKey;
            group.add(item);
        }
        if (!group.isEmpty()) {
            groups.add(group(budget, path, group));
        }
        return ListValue.of(budget, groups);
    }

    private static Value group(Budget budget, Paths path, List<Value> items) {
        return Tuple.of(budget, List.of(path.get(items.getFirst()), ListValue.of(budget, items)), true);
    }

    private static Value batch(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("batch", "linecount", "fill_with");
        int count = Numbers.index(bound.get(0));
        Value fill = bound.get(1, None.NONE);
        return Lazy.of(
                budget,
                deferred(() -> {
                    List<Value> batches = new ArrayList<>();
                    List<Value> batch = new ArrayList<>();
                    for (Value item : Iteration.list(budget, value)) {
                        if (batch.size() == count) {
                            batches.add(ListValue.of(budget, batch));
                            batch = new ArrayList<>();
                        }
                        batch.add(item);
                    }
                    if (!batch.isEmpty()) {
                        if (fill != None.NONE) {
                            budget.items(Math.max(0, count - batch.size()));
                            batch.addAll(Collections.nCopies(Math.max(0, count - batch.size()), fill));
                        }
                        batches.add(ListValue.of(budget, batch));
                    }
                    return batches.iterator();
                }),
                value,
                arguments);
    }

    private static Value slice(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("slice", "slices", "fill_with");
        int count = Numbers.index(bound.get(0));
        Value fill = bound.get(1, None.NONE);
        return Lazy.of(
                budget,
                deferred(() -> {
                    List<Value> items = Iteration.list(budget, value);
                    if (count == 0) {
                        throw new Fault("integer division or modulo by zero");
                    }
                    List<Value> slices = new ArrayList<>();
                    int at = 0;
                    for (int i = 0; i < count; i++) {
                        budget.items(4);
                        boolean longer = i < items.size() % count;
                        int end = at + items.size() / count + (longer ? 1 : 0);
                        List<Value> slice = new ArrayList<>(items.subList(at, end));
                        if (fill != None.NONE && !longer) {
                            slice.add(fill);
                        }
                        slices.add(ListValue.of(budget, slice));
                        at = end;
                    }
                    return slices.iterator();
                }),
                value,
                arguments);
    }
}
