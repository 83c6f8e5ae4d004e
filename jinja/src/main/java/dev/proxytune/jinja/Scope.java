package dev.proxytune.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Names and what they stand for, in a block or around it. */
final class Scope {
    private final Map<String, Value> values = new HashMap<>();
    private final Optional<Scope> around;

    private Scope(Optional<Scope> around) {
        this.around = around;
    }

    static Scope outermost() {
        return new Scope(Optional.empty());
    }

    Scope inner() {
        return new Scope(Optional.of(this));
    }

    void set(String name, Value value) {
        values.put(name, value);
    }

    @Nullable
    Value find(String name) {
        Scope scope = this;
        while (true) {
            Value value = scope.values.get(name);
            if (value != null || scope.around.isEmpty()) {
                return value;
            }
            scope = scope.around.get();
        }
    }
}
