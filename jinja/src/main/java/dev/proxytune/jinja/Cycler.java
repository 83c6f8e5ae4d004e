package dev.proxytune.jinja;

import java.util.List;

/** Values that a template takes in turn. */
final class Cycler implements Value {
    private final List<Value> items;
    private int place;

    Cycler(List<Value> items) {
        if (items.isEmpty()) {
            throw new Fault("at least one item has to be provided");
        }
        this.items = items;
    }

    Value current() {
        return items.get(place);
    }

    Value next() {
        Value value = current();
        place = (place + 1) % items.size();
        return value;
    }

    void reset() {
        place = 0;
    }

    @Override
    public String type() {
        return "Cycler";
    }
}
