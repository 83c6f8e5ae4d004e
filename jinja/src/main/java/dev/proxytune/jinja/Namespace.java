package dev.proxytune.jinja;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** A bag of attributes that a template may set. */
final class Namespace implements Value {
    private final SequencedMap<String, Value> attributes = new LinkedHashMap<>();

    SequencedMap<String, Value> attributes() {
        return attributes;
    }

    void set(String name, Value value) {
        if (name.startsWith("_")) {
            throw new Fault("a namespace takes no attribute that starts with an underscore, got '" + name + "'");
        }
        attributes.put(name, value);
    }

    @Override
    public String type() {
        return "Namespace";
    }
}
