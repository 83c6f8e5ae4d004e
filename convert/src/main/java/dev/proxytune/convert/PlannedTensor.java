package dev.proxytune.convert;

import dev.proxytune.gguf.TensorType;
import java.util.List;

/**
 * A tensor that a model has: where it comes from, and where it goes.
 *
 * @param name name in the GGUF file
 * @param source name in the folder
 * @param rows rows, 0 for a vector
 * @param columns length of a row, or of the vector
 * @param order where the rows, or the elements of the vector, come from
 * @param shift what is added to each element
 * @param isRequired whether the folder must have it
 */
record PlannedTensor(
        String name, String source, long rows, long columns, RowOrder order, float shift, boolean isRequired) {

    /** Return the dimensions as the folder has them, the outermost first. */
    List<Long> storedShape() {
        return rows == 0 ? List.of(columns) : List.of(rows, columns);
    }

    /** Return the dimensions as GGUF has them, the length of a row first. */
    List<Long> shape() {
        return rows == 0 ? List.of(columns) : List.of(columns, rows);
    }

    /** Return the type to store it in: vectors and norms stay in single precision, and so does what is no weight. */
    TensorType type(TensorType wanted) {
        if (rows == 0) {
            return TensorType.F32;
        }
        return columns % wanted.blockSize() == 0 ? wanted : TensorType.F16;
    }
}
