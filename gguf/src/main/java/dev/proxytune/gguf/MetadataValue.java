package dev.proxytune.gguf;

/** One value of a GGUF file's metadata. */
public sealed interface MetadataValue
        permits MetadataValue.Whole,
                MetadataValue.Real,
                MetadataValue.Flag,
                MetadataValue.Text,
                NumberArray,
                TextArray {

    /** Return the type that the file gives the value; {@link ValueType#ARRAY} for arrays. */
    ValueType type();

    /** Return the type, with the element type and count of an array, for messages. */
    default String describe() {
        return type().label();
    }

    /**
     * A whole number.
     *
     * @param type one of the eight integer types
     * @param value the number; the bits of an unsigned 64-bit number above {@link Long#MAX_VALUE} read as negative
     */
    record Whole(ValueType type, long value) implements MetadataValue {
        public Whole {
            if (!type.isInteger()) {
                throw new IllegalArgumentException("not an integer type: " + type);
            }
            int bits = type.width() * 8;
            boolean signed = type == ValueType.INT8 || type == ValueType.INT16 || type == ValueType.INT32;
            if (bits < 64 && (signed ? value != value << (64 - bits) >> (64 - bits) : value >>> bits != 0)) {
                throw new IllegalArgumentException(value + " does not fit " + type.label());
            }
        }
    }

    /**
     * A floating-point number.
     *
     * @param type {@link ValueType#FLOAT32} or {@link ValueType#FLOAT64}
     * @param value the number, NaN and infinities included
     */
    record Real(ValueType type, double value) implements MetadataValue {
        public Real {
            if (!type.isReal()) {
                throw new IllegalArgumentException("not a floating-point type: " + type);
            }
        }
    }

    /**
     * A truth value.
     *
     * @param value the truth
     */
    record Flag(boolean value) implements MetadataValue {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }
    }

    /**
     * A string; malformed UTF-8 in a file reads as replacement characters.
     *
     * @param value the text
     */
    record Text(String value) implements MetadataValue {
        @Override
        public ValueType type() {
            return ValueType.STRING;
        }
    }
}
