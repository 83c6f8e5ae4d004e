package dev.proxytune.gguf;

import java.util.Optional;

/** Type of a metadata value, with the number and the width that GGUF gives it. */
public enum ValueType {
    /** Unsigned 8-bit integer. */
    UINT8(0, "u8", 1),
    /** Signed 8-bit integer. */
    INT8(1, "i8", 1),
    /** Unsigned 16-bit integer. */
    UINT16(2, "u16", 2),
    /** Signed 16-bit integer. */
    INT16(3, "i16", 2),
    /** Unsigned 32-bit integer. */
    UINT32(4, "u32", 4),
    /** Signed 32-bit integer. */
    INT32(5, "i32", 4),
    /** IEEE 754 single precision. */
    FLOAT32(6, "f32", 4),
    /** One byte, zero for false. */
    BOOL(7, "bool", 1),
    /** UTF-8 bytes after a 64-bit length. */
    STRING(8, "string", 0),
    /** Element type, 64-bit count, elements. */
    ARRAY(9, "array", 0),
    /** Unsigned 64-bit integer. */
    UINT64(10, "u64", 8),
    /** Signed 64-bit integer. */
    INT64(11, "i64", 8),
    /** IEEE 754 double precision. */
    FLOAT64(12, "f64", 8);

    private static final ValueType[] BY_ID = values();

    private final int id;
    private final String label;
    private final int width;

    ValueType(int id, String label, int width) {
        this.id = id;
        this.label = label;
        this.width = width;
    }

    /** Return the number that stands for this type in a file, 0 to 12. */
    public int id() {
        return id;
    }

    /** Return a short lower-case name such as {@code u32}. */
    public String label() {
        return label;
    }

    /** Return the bytes of one value, or 0 for strings and arrays. */
    public int width() {
        return width;
    }

    /** Tell whether values are whole numbers. */
    public boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
        };
    }

    /** Tell whether values are floating-point numbers. */
    public boolean isReal() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /** Return the type with this number, if there is one. */
    public static Optional<ValueType> byId(int id) {
        return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[id]) : Optional.empty();
    }
}
