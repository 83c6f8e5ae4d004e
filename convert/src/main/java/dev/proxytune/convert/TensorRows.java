package dev.proxytune.convert;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorType;

/** Reads the rows of a stored tensor as the GGUF file has them. Safe for use by several threads. */
final class TensorRows implements GgufWriter.Rows {
    /** The least that rounds to infinity in half precision. */
    private static final float BEYOND_HALF = 65520;

    private final StoredTensor tensor;
    private final int columns;
    private final RowOrder order;
    private final float shift;
    private final float factor;
    private final float limit;

    private TensorRows(StoredTensor tensor, int columns, RowOrder order, float shift, float factor, TensorType target) {
        this.tensor = tensor;
        this.columns = columns;
        this.order = order;
        this.shift = shift;
        this.factor = factor;
        this.limit = target == TensorType.F16 ? BEYOND_HALF : Float.POSITIVE_INFINITY;
    }

    /** Return the rows of a planned tensor, to be stored in a type. */
    static GgufWriter.Rows of(StoredTensor tensor, PlannedTensor planned, TensorType target) {
        int columns = Math.toIntExact(planned.columns());
        if (planned.rows() > 0 || planned.order().isSame()) {
            return new TensorRows(tensor, columns, planned.order(), planned.shift(), 1, target);
        }
        var elements = new TensorRows(tensor, 1, planned.order(), planned.shift(), 1, target);
        return (_, destination) -> elements.fill(0, destination);
    }

    /** Return the rows of a matrix, reordered and multiplied. */
    static GgufWriter.Rows of(StoredTensor tensor, RowOrder order, float factor, TensorType target) {
        return new TensorRows(tensor, Math.toIntExact(tensor.shape().getLast()), order, 0, factor, target);
    }

    @Override
    public void fill(long firstRow, float[] destination) {
        if (order.isSame()) {
            read(firstRow * columns, destination, 0, destination.length);
        } else {
            for (int at = 0; at < destination.length; at += columns) {
                read(order.source(firstRow + at / columns) * columns, destination, at, columns);
            }
        }
        for (int i = 0; i < destination.length; i++) {
            // A sum with zero would lose the sign of a negative zero.
            float value = shift == 0 ? destination[i] * factor : destination[i] + shift;
            if (!(Math.abs(value) < limit)) {
                throw unfit(destination[i], firstRow + i / columns);
            }
            destination[i] = value;
        }
    }

    private void read(long first, float[] destination, int at, int count) {
        TensorCodec.decode(tensor.type(), tensor.read(first, count), destination, at, count);
    }

    private RuntimeException unfit(float value, long row) {
        String found = "tensor " + Fault.quote(tensor.name()) + " holds " + value + " in row " + row;
        return Float.isFinite(value)
                ? Fault.of(tensor.file().path(), found + ", too large for F16", "convert to BF16 or F32")
                : Fault.of(tensor.file().path(), found, "the model is broken, so take another one");
    }
}
