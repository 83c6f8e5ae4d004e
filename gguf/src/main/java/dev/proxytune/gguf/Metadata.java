package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * Immutable key-value part of a GGUF file, in the order of the file.
 *
 * <p>The typed accessors are empty if the key is absent and throw {@link InvalidModelException} if its value is of
 * another type.
 */
public final class Metadata {
    private final String source;
    private final SequencedMap<String, MetadataValue> values;

    Metadata(String source, SequencedMap<String, MetadataValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableSequencedMap(values);
    }

    /** Start to build metadata for a new file. */
    public static Builder builder() {
        return new Builder(new LinkedHashMap<>());
    }

    /** Start to build metadata from a copy of this one. */
    public Builder toBuilder() {
        return new Builder(new LinkedHashMap<>(values));
    }

    /** Return the keys and values in file order. */
    public SequencedMap<String, MetadataValue> values() {
        return values;
    }

    /** Return the value of a key. */
    public Optional<MetadataValue> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** Tell whether there is a value for the key. */
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /** Return the string of a key. */
    public Optional<String> string(String key) {
        return typed(key, MetadataValue.Text.class, "a string").map(MetadataValue.Text::value);
    }

    /** Return the whole number of a key, whatever its width; one that does not fit a long is refused. */
    public OptionalLong integer(String key) {
        var whole = typed(key, MetadataValue.Whole.class, "a whole number");
        if (whole.isEmpty()) {
            return OptionalLong.empty();
        }
        var found = whole.get();
        if (found.type() == ValueType.UINT64 && found.value() < 0) {
            throw Refusal.badConversion(
                    source,
                    "key " + Refusal.quote(key) + " is " + Long.toUnsignedString(found.value()),
                    "at most " + Long.MAX_VALUE);
        }
        return OptionalLong.of(found.value());
    }

    /** Return the floating-point number of a key. */
    public OptionalDouble real(String key) {
        var real = typed(key, MetadataValue.Real.class, "a floating-point number");
        return real.isPresent() ? OptionalDouble.of(real.get().value()) : OptionalDouble.empty();
    }

    /** Return the truth value of a key. */
    public Optional<Boolean> flag(String key) {
        return typed(key, MetadataValue.Flag.class, "true or false").map(MetadataValue.Flag::value);
    }

    /** Return the array of strings of a key. */
    public Optional<TextArray> strings(String key) {
        return typed(key, TextArray.class, "an array of strings");
    }

    /** Return the array of numbers or truth values of a key. */
    public Optional<NumberArray> numbers(String key) {
        return typed(key, NumberArray.class, "an array of numbers");
    }

    private <T extends MetadataValue> Optional<T> typed(String key, Class<T> type, String expected) {
        var value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw Refusal.badConversion(source, "key " + Refusal.quote(key) + " holds " + value.describe(), expected);
        }
        return Optional.of(type.cast(value));
    }

    /** Collects keys and values; a key put again keeps its place and takes the new value. */
    public static final class Builder {
        private final SequencedMap<String, MetadataValue> values;

        private Builder(SequencedMap<String, MetadataValue> values) {
            this.values = values;
        }

        /**
         * Set a value of any type.
         *
         * @throws IllegalArgumentException if the key is empty or has control characters
         */
        public Builder put(String key, MetadataValue value) {
            if (key.isEmpty() || key.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("not a metadata key: " + Refusal.quote(key));
            }
            values.put(key, value);
            return this;
        }

        /** Set a string. */
        public Builder put(String key, String value) {
            return put(key, new MetadataValue.Text(value));
        }

        /** Set an unsigned 32-bit integer, 0 to 4294967295. */
        public Builder putUnsigned(String key, long value) {
            return put(key, new MetadataValue.Whole(ValueType.UINT32, value));
        }

        /** Set a single-precision number. */
        public Builder put(String key, float value) {
            return put(key, new MetadataValue.Real(ValueType.FLOAT32, value));
        }

        /** Set a truth value. */
        public Builder put(String key, boolean value) {
            return put(key, new MetadataValue.Flag(value));
        }

        /** Set an array of strings. */
        public Builder putStrings(String key, List<String> values) {
            return put(key, (MetadataValue) (values instanceof TextArray texts ? texts : TextArray.of(values)));
        }

        /** Set all values of other metadata. */
        public Builder putAll(Map<String, MetadataValue> others) {
            others.forEach((key, value) -> put(key, value));
            return this;
        }

        /** Remove a key, if it is there. */
        public Builder remove(String key) {
            values.remove(key);
            return this;
        }

        /** Build the metadata. */
        public Metadata build() {
            return new Metadata("new metadata", new LinkedHashMap<>(values));
        }
    }
}
