package dev.proxytune.gguf;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Immutable array of strings in a GGUF file's metadata, such as a vocabulary.
 *
 * <p>The bytes are kept as stored and decoded when asked for, so a vocabulary of 250,000 entries costs one array.
 */
public final class TextArray extends AbstractList<String> implements RandomAccess, MetadataValue {
    private final byte[] bytes;
    private final int[] ends;
    private final boolean zeros;

    /** Wrap arrays that nobody else changes; string i ends before {@code ends[i]} and starts where i - 1 ended. */
    TextArray(byte[] bytes, int[] ends) {
        this.bytes = bytes;
        this.ends = ends;
        boolean found = false;
        for (byte b : bytes) {
            found |= b == 0;
        }
        this.zeros = found;
    }

    /** Create an array of these strings. */
    public static TextArray of(List<String> texts) {
        var encoded = new byte[texts.size()][];
        var ends = new int[texts.size()];
        int total = 0;
        for (int i = 0; i < ends.length; i++) {
            encoded[i] = texts.get(i).getBytes(StandardCharsets.UTF_8);
            total = Math.addExact(total, encoded[i].length);
            ends[i] = total;
        }
        var bytes = new byte[total];
        for (int i = 0; i < ends.length; i++) {
            System.arraycopy(encoded[i], 0, bytes, ends[i] - encoded[i].length, encoded[i].length);
        }
        return new TextArray(bytes, ends);
    }

    @Override
    public ValueType type() {
        return ValueType.ARRAY;
    }

    @Override
    public int size() {
        return ends.length;
    }

    @Override
    public String get(int index) {
        int start = start(index);
        return new String(bytes, start, ends[index] - start, StandardCharsets.UTF_8);
    }

    /**
     * Return the stored bytes of a string, which need not be well-formed UTF-8.
     *
     * @throws IndexOutOfBoundsException if the index is not below {@link #size()}
     */
    public byte[] bytesAt(int index) {
        return Arrays.copyOfRange(bytes, start(index), ends[index]);
    }

    /** Return the length in bytes of a string. */
    int lengthAt(int index) {
        return ends[index] - start(index);
    }

    /** Return one byte of a string. */
    byte byteAt(int index, int offset) {
        return bytes[start(index) + offset];
    }

    /** Return the length in bytes of a string as C sees it: up to the first zero byte. */
    int terminatedLengthAt(int index) {
        int start = start(index);
        for (int i = start; zeros && i < ends[index]; i++) {
            if (bytes[i] == 0) {
                return i - start;
            }
        }
        return ends[index] - start;
    }

    /** Return a hash of a string's first bytes, as {@link Arrays#hashCode(byte[])} would. */
    int hashAt(int index, int length) {
        int hash = 1;
        int start = start(index);
        for (int i = start; i < start + length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    /** Tell whether two strings have the same first bytes, which both must have. */
    boolean equalAt(int index, int other, int length) {
        int one = start(index);
        int two = start(other);
        return Arrays.equals(bytes, one, one + length, bytes, two, two + length);
    }

    /** Tell whether a string starts with these bytes. */
    boolean startsWith(int index, byte[] prefix) {
        int start = start(index);
        return ends[index] - start >= prefix.length
                && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
    }

    private int start(int index) {
        Objects.checkIndex(index, ends.length);
        return index == 0 ? 0 : ends[index - 1];
    }

    /** Return the bytes of all strings, one after the other, for writing. */
    byte[] allBytes() {
        return bytes;
    }

    @Override
    public String describe() {
        return "array of " + size() + " string";
    }
}
