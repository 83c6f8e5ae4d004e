package dev.proxytune.jinja;

import java.util.Iterator;

/** Items that are made when they are asked for, and only once, as by Python's generators. */
final class Lazy implements Value {
    private final String type;
    private final Iterator<Value> items;

    Lazy(Iterator<Value> items) {
        this("generator", items);
    }

    Lazy(String type, Iterator<Value> items) {
        this.type = type;
        this.items = items;
    }

    Iterator<Value> items() {
        return items;
    }

    @Override
    public String type() {
        return type;
    }
}
