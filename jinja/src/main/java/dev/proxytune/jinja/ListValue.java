package dev.proxytune.jinja;

import java.util.List;

/** A list, which a template cannot change. */
final class ListValue implements Value {
    private final List<Value> items;
    private final boolean input;
    private final int nesting;

    private ListValue(List<Value> items, boolean input, int nesting) {
        this.items = items;
        this.input = input;
        this.nesting = nesting;
    }

    /** Wrap items that nobody changes any more. */
    static ListValue of(Budget budget, List<Value> items) {
        return of(budget, items, false);
    }

    static ListValue of(Budget budget, List<Value> items, boolean input) {
        budget.items(items.size());
        boolean anyInput = input;
        int nesting = 0;
        for (Value item : items) {
            anyInput |= item.isInput();
            nesting = Math.max(nesting, item.nesting());
        }
        budget.nesting(nesting + 1);
        return new ListValue(items, anyInput, nesting + 1);
    }

    List<Value> items() {
        return items;
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
        return "list";
    }
}
