package dev.proxytune.jinja;

import java.util.List;

/** A tuple; those that {@code groupby} makes have named parts. */
final class Tuple implements Value {
    private final List<Value> items;
    private final boolean group;
    private final boolean input;
    private final int nesting;

    private Tuple(List<Value> items, boolean group, boolean input, int nesting) {
        this.items = items;
        this.group = group;
        this.input = input;
        this.nesting = nesting;
    }

    static Tuple of(Budget budget, List<Value> items) {
        return of(budget, items, false);
    }

    static Tuple of(Budget budget, List<Value> items, boolean group) {
        budget.items(items.size());
        boolean input = false;
        int nesting = 0;
        for (Value item : items) {
            input |= item.isInput();
            nesting = Math.max(nesting, item.nesting());
        }
        budget.nesting(nesting + 1);
        return new Tuple(items, group, input, nesting + 1);
    }

    List<Value> items() {
        return items;
    }

    boolean isGroup() {
        return group;
    }

    @Override
    public boolean isInput() {
        return input;
    }

    @Override
    public int nesting() {
        return nesting;
    }

    @Override
    public String type() {
        return "tuple";
    }
}
