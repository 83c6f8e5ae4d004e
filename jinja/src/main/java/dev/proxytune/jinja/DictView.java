package dev.proxytune.jinja;

import java.util.Iterator;
import java.util.List;

/**
 * What {@code keys}, {@code values} or {@code items} of a dict return.
 *
 * @param dict the dict
 * @param part which of them
 */
record DictView(Dict dict, Part part) implements Value {
    enum Part {
        KEYS("dict_keys"),
        VALUES("dict_values"),
        ITEMS("dict_items");

        private final String type;

        Part(String type) {
            this.type = type;
        }
    }

    Iterator<Value> iterator(Budget budget) {
        return dict.entries().stream()
                .map(entry -> switch (part) {
                    case KEYS -> entry.key();
                    case VALUES -> entry.value();
                    case ITEMS -> Tuple.of(budget, List.of(entry.key(), entry.value()));
                })
                .iterator();
    }

    @Override
    public boolean isInput() {
        return dict.isInput();
    }

    @Override
    public int nesting() {
        return dict.nesting();
    }

    @Override
    public String type() {
        return part.type;
    }
}
