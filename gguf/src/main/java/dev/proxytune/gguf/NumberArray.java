package dev.proxytune.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Immutable array of numbers or truth values in a GGUF file's metadata, kept in its stored form. */
public final class NumberArray implements MetadataValue {
    private final ValueType elementType;
    private final ByteBuffer data;

    /** Wrap little-endian bytes that nobody else changes. */
    NumberArray(ValueType elementType, byte[] data) {
        if (elementType.width() == 0) {
            throw new IllegalArgumentException("not a number type: " + elementType);
        }
        this.elementType = elementType;
        this.data = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Create an array of signed 32-bit integers. */
    public static NumberArray of(int... values) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return new NumberArray(ValueType.INT32, bytes.array());
    }

    /** Create an array of single-precision numbers. */
    public static NumberArray of(float... values) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new NumberArray(ValueType.FLOAT32, bytes.array());
    }

    /** Create an array of bytes, taken as signed 8-bit integers. */
    public static NumberArray of(byte... values) {
        return new NumberArray(ValueType.INT8, values.clone());
    }

    @Override
    public ValueType type() {
        return ValueType.ARRAY;
    }

    /** Return the type of the elements. */
    public ValueType elementType() {
        return elementType;
    }

    /** Return the number of elements. */
    public int size() {
        return data.capacity() / elementType.width();
    }

    /**
     * Return an element as a whole number, truth as 0 or 1, fractions cut.
     *
     * @throws IndexOutOfBoundsException if the index is not below {@link #size()}
     */
    public long longAt(int index) {
        int at = index * elementType.width();
        return switch (elementType) {
            case UINT8 -> data.get(at) & 0xffL;
            case INT8 -> data.get(at);
            case UINT16 -> data.getShort(at) & 0xffffL;
            case INT16 -> data.getShort(at);
            case UINT32 -> data.getInt(at) & 0xffffffffL;
            case INT32 -> data.getInt(at);
            case BOOL -> data.get(at) == 0 ? 0 : 1;
            case UINT64, INT64 -> data.getLong(at);
            case FLOAT32, FLOAT64 -> (long) doubleAt(index);
            case STRING, ARRAY -> throw new IllegalStateException();
        };
    }

    /**
     * Return an element as a floating-point number.
     *
     * @throws IndexOutOfBoundsException if the index is not below {@link #size()}
     */
    public double doubleAt(int index) {
        return switch (elementType) {
            case FLOAT32 -> data.getFloat(index * 4);
            case FLOAT64 -> data.getDouble(index * 8);
            default -> longAt(index);
        };
    }

    /** Return a read-only little-endian view of the stored bytes. */
    public ByteBuffer bytes() {
        return data.asReadOnlyBuffer().clear().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String describe() {
        return "array of " + size() + " " + elementType.label();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NumberArray that
                && elementType == that.elementType
                && Arrays.equals(data.array(), that.data.array());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(data.array());
    }

    @Override
    public String toString() {
        return describe();
    }
}
