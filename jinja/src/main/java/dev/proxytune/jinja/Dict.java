package dev.proxytune.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A dict in the order of insertion, which a template cannot change. */
final class Dict implements Value {
    private final SequencedMap<Object, Entry> entries;
    private final boolean input;
    private final int nesting;

    private Dict(SequencedMap<Object, Entry> entries, boolean input, int nesting) {
        this.entries = entries;
        this.input = input;
        this.nesting = nesting;
    }

    /** A key and its value. */
    record Entry(Value key, Value value) {}

    Collection<Entry> entries() {
        return entries.sequencedValues();
    }

    int size() {
        return entries.size();
    }

    /** Return the value of a key, or null; a key that cannot be one is refused. */
    @Nullable
    Value get(Budget budget, Value key) {
        Entry entry = entries.get(key(budget, key));
        return entry == null ? null : entry.value();
    }

    /** Return the value of a text, or null. */
    @Nullable
    Value get(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
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
        return "dict";
    }

    static boolean isHashable(Value value) {
        return !(value instanceof ListValue || value instanceof Dict);
    }

    /** Return what stands for a value among keys: equal where Python's values are equal and hash alike. */
    static Object key(Budget budget, Value value) {
        return switch (value) {
            case Text text -> {
                budget.scan(text.string().length());
                yield text.string();
            }
            case Int whole -> {
                budget.steps(whole.value().bitLength() / 1024);
                yield whole.value();
            }
            case Bool bool -> bool == Bool.TRUE ? BigInteger.ONE : BigInteger.ZERO;
            case Real real -> key(real.value());
            case Tuple tuple -> {
                List<Object> keys = new ArrayList<>(tuple.items().size());
                for (Value item : tuple.items()) {
                    budget.step();
                    keys.add(key(budget, item));
                }
                yield keys;
            }
            case ListValue _, Dict _ -> throw new Fault("unhashable type: '" + value.type() + "'");
            case Undefined _ -> Undefined.class;
            default -> value;
        };
    }

    private static Object key(double value) {
        return Double.isFinite(value) && value == Math.rint(value) ? new BigDecimal(value).toBigInteger() : value;
    }

    /** Collects entries; a key put again keeps its place. */
    static final class Builder {
        private final Budget budget;
        private final SequencedMap<Object, Entry> entries = new LinkedHashMap<>();
        private boolean input;
        private int nesting;

        Builder(Budget budget) {
            this.budget = budget;
        }

        Builder put(Value key, Value value) {
            budget.items(4);
            Object id = Dict.key(budget, key);
            Entry before = entries.get(id);
            entries.put(id, new Entry(before == null ? key : before.key(), value));
            input |= key.isInput() || value.isInput();
            nesting = Math.max(nesting, Math.max(key.nesting(), value.nesting()));
            return this;
        }

        Builder input(boolean value) {
            input |= value;
            return this;
        }

        Dict build() {
            budget.nesting(nesting + 1);
            return new Dict(entries, input, nesting + 1);
        }
    }
}
