package dev.proxytune.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.stream.IntStream;

/** Writes the data of one tensor. */
@FunctionalInterface
interface TensorOutput {
    /** Floats that one task encodes: small enough for a core's cache. */
    int TASK_FLOATS = 1 << 16;

    /** Tasks per write, enough to keep several cores busy. */
    int TASKS = 32;

    void write(TensorInfo tensor, WritableByteChannel channel) throws IOException;

    /** Encode and write rows, a bounded number at a time. */
    static void writeRows(TensorInfo tensor, GgufWriter.Rows rows, WritableByteChannel channel) throws IOException {
        int rowLength = Math.toIntExact(tensor.rowLength());
        int rowBytes = Math.toIntExact(tensor.type().rowBytes(rowLength));
        int taskRows = Math.max(1, Math.min(TASK_FLOATS / rowLength, Integer.MAX_VALUE / TASKS / rowBytes));
        int tasks = rowBytes > Integer.MAX_VALUE / TASKS ? 1 : TASKS;
        long batchRows = Math.min(tensor.rows(), (long) taskRows * tasks);
        var bytes = ByteBuffer.allocate(Math.toIntExact(batchRows * rowBytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (long first = 0; first < tensor.rows(); first += batchRows) {
            long start = first;
            int count = (int) Math.min(batchRows, tensor.rows() - first);
            IntStream.range(0, (count + taskRows - 1) / taskRows).parallel().forEach(task -> {
                int from = task * taskRows;
                var values = new float[Math.min(taskRows, count - from) * rowLength];
                rows.fill(start + from, values);
                var slice = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(from * rowBytes);
                TensorCodec.encode(tensor.type(), values, 0, values.length, slice);
            });
            writeFully(bytes.clear().limit(count * rowBytes), channel);
        }
    }

    /** Write encoded bytes, a bounded number at a time. */
    static void writeBytes(TensorInfo tensor, GgufWriter.Bytes source, WritableByteChannel channel) throws IOException {
        var bytes =
                ByteBuffer.allocate((int) Math.min(1 << 20, tensor.byteSize())).order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < tensor.byteSize(); offset += bytes.capacity()) {
            bytes.clear().limit((int) Math.min(bytes.capacity(), tensor.byteSize() - offset));
            source.fill(offset, bytes);
            if (bytes.hasRemaining()) {
                throw new IllegalStateException("the source of tensor " + Refusal.quote(tensor.name()) + " left "
                        + bytes.remaining() + " bytes unfilled at offset " + offset);
            }
            writeFully(bytes.flip(), channel);
        }
    }

    private static void writeFully(ByteBuffer bytes, WritableByteChannel channel) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
