package dev.proxytune.convert;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.TensorCodec;

/** Reads the columns of a stored matrix as rows. Safe for use by several threads. */
final class TransposedRows {
    private TransposedRows() {}

    /** Return the columns of a matrix of few rows. */
    static GgufWriter.Rows of(StoredTensor tensor) {
        int rows = Math.toIntExact(tensor.shape().getFirst());
        long columns = tensor.shape().getLast();
        return (first, destination) -> {
            int count = destination.length / rows;
            var values = new float[count];
            for (int row = 0; row < rows; row++) {
                TensorCodec.decode(tensor.type(), tensor.read(row * columns + first, count), values, 0, count);
                for (int i = 0; i < count; i++) {
                    destination[i * rows + row] = values[i];
                }
            }
        };
    }
}
