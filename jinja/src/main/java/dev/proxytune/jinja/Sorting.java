package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sort values as Python's {@code sorted} does. */
final class Sorting {
    private record Keyed<T>(Value key, T item) {}

    private Sorting() {}

    /** Return the items in the order of their keys; those with equal keys stay in their order. */
    static <T> List<T> sorted(
            Budget budget, List<T> items, java.util.function.Function<T, Value> key, boolean reverse) {
        List<Keyed<T>> keyed = new ArrayList<>(items.size());
        for (T item : items) {
            keyed.add(new Keyed<>(key.apply(item), item));
        }
        Comparator<Keyed<T>> order = (a, b) -> compare(budget, a.key(), b.key());
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException _) {
            throw new Fault("the items have no order");
        }
        return new ArrayList<>(keyed.stream().map(Keyed::item).toList());
    }

    private static int compare(Budget budget, Value a, Value b) {
        if (b instanceof Undefined undefined) {
            throw undefined.fault();
        }
        int order = Comparisons.compare(budget, "<", a, b);
        return order == 2 ? 0 : order;
    }
}
