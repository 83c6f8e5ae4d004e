package dev.proxytune.jinja;

import java.util.Iterator;

/** Items that are made when they are asked for, and only once, as by Python's generators. */
final class Lazy implements Value {
    private final String type;
    private final Iterator<Value> items;
    private final int nesting;

    private Lazy(String type, Iterator<Value> items, int nesting) {
        this.type = type;
        this.items = items;
        this.nesting = nesting;
    }

    /** Wrap items made from a value and arguments, which may be generators themselves and then count as nested. */
    static Lazy of(Budget budget, Iterator<Value> items, Value source, Arguments arguments) {
        return of(budget, "generator", items, source, arguments);
    }

    static Lazy of(Budget budget, String type, Iterator<Value> items, Value source, Arguments arguments) {
        int nesting = source.nesting();
        for (Value argument : arguments.values()) {
            nesting = Math.max(nesting, argument.nesting());
        }
        for (Value argument : arguments.named().values()) {
            nesting = Math.max(nesting, argument.nesting());
        }
        budget.nesting(nesting + 1);
        return new Lazy(type, items, nesting + 1);
    }

    @Override
    public int nesting() {
        return nesting;
    }

    Iterator<Value> items() {
        return items;
    }

    @Override
    public String type() {
        return type;
    }
}
