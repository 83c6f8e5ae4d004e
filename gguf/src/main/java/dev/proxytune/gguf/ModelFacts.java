package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A header and typed views of the keys that llama.cpp reads, refused if their type is not the one it reads. */
final class ModelFacts {
    private final GgufHeader header;
    private final String architecture;

    ModelFacts(GgufHeader header, String architecture) {
        this.header = header;
        this.architecture = architecture;
    }

    GgufHeader header() {
        return header;
    }

    String architecture() {
        return architecture;
    }

    /** Return the full name of a key of the architecture. */
    String key(String suffix) {
        return architecture + "." + suffix;
    }

    OptionalLong unsigned(String key) {
        var value = header.metadata().value(key);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (value.get() instanceof MetadataValue.Whole(ValueType type, long number) && type == ValueType.UINT32) {
            return OptionalLong.of(number);
        }
        throw wrongType(key, value.get(), "a u32");
    }

    /** Return an unsigned number, refused unless it lies in the range. */
    OptionalLong unsigned(String key, long least, long most) {
        var number = unsigned(key);
        if (number.isPresent()) {
            checkRange(key, number.getAsLong(), least, most);
        }
        return number;
    }

    /** Return an unsigned number that must be there and lie in the range. */
    long required(String key, long least, long most) {
        return unsigned(key, least, most).orElseThrow(() -> missing(key, "a u32 from " + least + " to " + most));
    }

    /** Return a finite number, refused unless it lies in the range. */
    OptionalDouble real(String key, double least, double most) {
        var value = header.metadata().value(key);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (!(value.get() instanceof MetadataValue.Real(ValueType type, double number)) || type != ValueType.FLOAT32) {
            throw wrongType(key, value.get(), "an f32");
        }
        if (!(number >= least && number <= most)) {
            throw bad("key " + Refusal.quote(key) + " is " + number, "a number from " + least + " to " + most);
        }
        return OptionalDouble.of(number);
    }

    Optional<Boolean> flag(String key) {
        var value = header.metadata().value(key);
        if (value.isPresent() && !(value.get() instanceof MetadataValue.Flag)) {
            throw wrongType(key, value.get(), "a bool");
        }
        return header.metadata().flag(key);
    }

    /** Return a string without zero bytes, at which C code would cut it. */
    Optional<String> string(String key) {
        var value = header.metadata().value(key);
        if (value.isPresent() && !(value.get() instanceof MetadataValue.Text)) {
            throw wrongType(key, value.get(), "a string");
        }
        var text = header.metadata().string(key);
        if (text.isPresent() && text.get().indexOf('\0') >= 0) {
            throw bad("key " + Refusal.quote(key) + " is " + Refusal.quote(text.get()), "text without zero bytes");
        }
        return text;
    }

    /**
     * Return a number per layer, from one number for all or an array with as many numbers as layers.
     *
     * @param layers number of layers
     */
    Optional<long[]> perLayer(String key, int layers, long least, long most) {
        var value = header.metadata().value(key);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        var numbers = new long[layers];
        if (value.get() instanceof NumberArray array) {
            if (array.elementType() != ValueType.UINT32 && array.elementType() != ValueType.INT32) {
                throw wrongType(key, array, "a u32 or an array of u32 or i32");
            }
            if (array.size() != layers) {
                throw bad(
                        "key " + Refusal.quote(key) + " has " + array.size() + " entries",
                        layers + ", one for each layer");
            }
            for (int i = 0; i < layers; i++) {
                numbers[i] = array.longAt(i);
                checkRange(key, numbers[i], least, most);
            }
        } else {
            Arrays.fill(numbers, unsigned(key, least, most).orElseThrow());
        }
        return Optional.of(numbers);
    }

    void checkRange(String key, long number, long least, long most) {
        if (number < least || number > most) {
            throw bad("key " + Refusal.quote(key) + " is " + number, "a number from " + least + " to " + most);
        }
    }

    InvalidModelException bad(String found, String expected) {
        return Refusal.badConversion(header.source(), found, expected);
    }

    InvalidModelException missing(String key, String expected) {
        return bad("key " + Refusal.quote(key) + " is missing", expected);
    }

    InvalidModelException wrongType(String key, MetadataValue found, String expected) {
        return bad("key " + Refusal.quote(key) + " holds " + found.describe(), expected);
    }
}
