package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;

/** Open GGUF file: its header, and its tensors' data read on demand. Safe for use by several threads. */
public final class GgufFile implements AutoCloseable {
    private final ByteSource source;
    private final GgufHeader header;

    private GgufFile(ByteSource source, GgufHeader header) {
        this.source = source;
        this.header = header;
    }

    /**
     * Open a local file and read its header.
     *
     * @throws InvalidModelException if the file is missing, unreadable or not a well-formed GGUF file
     */
    public static GgufFile open(Path path) {
        return open(PathSource.open(path));
    }

    /**
     * Read the header of a source, which the new object owns and closes.
     *
     * @throws InvalidModelException if the source is unreadable or not a well-formed GGUF file
     */
    public static GgufFile open(ByteSource source) {
        try {
            return new GgufFile(source, GgufHeader.read(source));
        } catch (InvalidModelException e) {
            try {
                source.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Read only the header of a local file.
     *
     * @throws InvalidModelException if the file is missing, unreadable or not a well-formed GGUF file
     */
    public static GgufHeader readHeader(Path path) {
        try (var file = open(path)) {
            return file.header();
        }
    }

    /** Return the header. */
    public GgufHeader header() {
        return header;
    }

    /**
     * Read stored bytes of a tensor into the whole rest of a buffer.
     *
     * @param offset first byte, from 0 at the start of the tensor's data
     * @throws IndexOutOfBoundsException if the tensor has fewer bytes from the offset on than the buffer takes
     * @throws InvalidModelException if the data cannot be read
     */
    public void read(TensorInfo tensor, long offset, ByteBuffer destination) {
        Objects.checkFromIndexSize(offset, destination.remaining(), tensor.byteSize());
        try {
            source.readFully(header.dataOffset() + tensor.offset() + offset, destination);
        } catch (IOException e) {
            throw new InvalidModelException(
                    header.source() + ": the data of tensor " + Refusal.quote(tensor.name()) + " cannot be read ("
                            + e.getMessage() + "); " + Refusal.DAMAGED,
                    e);
        }
    }

    /**
     * Read rows of a tensor as floats.
     *
     * @param firstRow first row, from 0
     * @param destination receives whole rows, one after the other; its length is a multiple of the row length
     * @throws UnsupportedOperationException if {@link TensorCodec} cannot decode the tensor's type
     * @throws IndexOutOfBoundsException if the tensor has fewer rows
     * @throws InvalidModelException if the data cannot be read
     */
    public void readRows(TensorInfo tensor, long firstRow, float[] destination) {
        if (destination.length % tensor.rowLength() != 0) {
            throw new IllegalArgumentException(
                    destination.length + " elements are not whole rows of " + tensor.rowLength());
        }
        long rowBytes = tensor.type().rowBytes(tensor.rowLength());
        long count = destination.length / tensor.rowLength();
        var bytes = ByteBuffer.allocate(Math.toIntExact(rowBytes * count)).order(ByteOrder.LITTLE_ENDIAN);
        read(tensor, Math.multiplyExact(firstRow, rowBytes), bytes);
        TensorCodec.decode(tensor.type(), bytes.flip(), destination, 0, destination.length);
    }

    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException e) {
            throw new InvalidModelException(header.source() + ": cannot be closed (" + e.getMessage() + ")", e);
        }
    }
}
