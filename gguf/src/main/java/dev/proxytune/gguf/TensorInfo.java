package dev.proxytune.gguf;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Name, type, shape and place of one tensor.
 *
 * @param name unique name, 1 to 63 bytes of UTF-8
 * @param type storage type
 * @param shape one to four dimensions, each at least 1, the first being the length of a row
 * @param offset byte offset of the data from the start of the file's data section, at least 0
 */
public record TensorInfo(String name, TensorType type, List<Long> shape, long offset) {

    public TensorInfo {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > 4 || Collections.min(shape) < 1) {
            throw new IllegalArgumentException("tensor " + Refusal.quote(name) + " has shape " + shape
                    + ", must be one to four positive dimensions");
        }
        if (offset < 0) {
            throw new IllegalArgumentException("tensor " + Refusal.quote(name) + " has offset " + offset);
        }
        // The product and the bytes are computed once here so that the accessors cannot overflow later.
        long rows = 1;
        for (long length : shape.subList(1, shape.size())) {
            rows = Math.multiplyExact(rows, length);
        }
        Math.multiplyExact(rows, shape.getFirst());
        Math.multiplyExact(rows, type.rowBytes(shape.getFirst()));
    }

    /** Return the size of a dimension, 1 for those beyond the shape's. */
    public long dimension(int index) {
        return index < shape.size() ? shape.get(index) : 1;
    }

    /** Return the elements of a row. */
    public long rowLength() {
        return shape.getFirst();
    }

    /** Return the number of rows. */
    public long rows() {
        return dimension(1) * dimension(2) * dimension(3);
    }

    /** Return the number of elements. */
    public long elements() {
        return rows() * rowLength();
    }

    /** Return the bytes of the data. */
    public long byteSize() {
        return rows() * type.rowBytes(rowLength());
    }

    /** Return the number of dimensions, not counting trailing ones of size 1. */
    int rank() {
        int rank = shape.size();
        while (rank > 1 && shape.get(rank - 1) == 1) {
            rank--;
        }
        return rank;
    }

    /** Return the shape as text, such as {@code 64x2048}. */
    String shapeText() {
        return shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }
}
