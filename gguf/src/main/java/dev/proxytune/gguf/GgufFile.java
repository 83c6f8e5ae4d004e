package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Open GGUF file: its header, and its tensors' data read on demand. The parts of a split model are open as one. Safe for
 * use by several threads.
 */
public final class GgufFile implements AutoCloseable {
    private record Part(ByteSource source, GgufHeader header) {}

    private final List<Part> parts;
    private final GgufHeader header;

    private GgufFile(List<Part> parts, GgufHeader header) {
        this.parts = List.copyOf(parts);
        this.header = header;
    }

    /**
     * Open a local file and read its header. The first part of a split model, {@code name-00001-of-0000N.gguf}, opens the
     * others too, which lie beside it.
     *
     * @throws InvalidModelException if the file is missing, unreadable or not a well-formed GGUF file, or if it is a part
     *     of a split model that is not the first or lacks others
     */
    public static GgufFile open(Path path) {
        GgufFile first = open(PathSource.open(path));
        List<Part> parts = new ArrayList<>(first.parts);
        try {
            if (SplitModel.count(first.header) == 1) {
                return first;
            }
            List<Path> files = SplitModel.files(path, first.header);
            for (Path file : files.subList(1, files.size())) {
                parts.addAll(open(PathSource.open(file)).parts);
            }
            return new GgufFile(
                    parts, SplitModel.join(parts.stream().map(Part::header).toList()));
        } catch (InvalidModelException e) {
            parts.forEach(part -> close(part.source, e));
            throw e;
        }
    }

    /**
     * Read the header of a source, which the new object owns and closes. Of a split model it is only the part that the
     * source has.
     *
     * @throws InvalidModelException if the source is unreadable or not a well-formed GGUF file
     */
    public static GgufFile open(ByteSource source) {
        try {
            GgufHeader header = GgufHeader.read(source);
            return new GgufFile(List.of(new Part(source, header)), header);
        } catch (InvalidModelException e) {
            close(source, e);
            throw e;
        }
    }

    private static void close(ByteSource source, InvalidModelException reason) {
        try {
            source.close();
        } catch (IOException suppressed) {
            reason.addSuppressed(suppressed);
        }
    }

    /**
     * Return the files of a model as the name of its first tells them, whether they exist or not: those of all parts if
     * the name ends as the first of a split model's does, else the file alone.
     */
    public static List<Path> parts(Path file) {
        return SplitModel.named(file);
    }

    /**
     * Read only the header of a local file, or of all parts of a split model.
     *
     * @throws InvalidModelException as {@link #open(Path)} does
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
        Part part = part(tensor);
        try {
            part.source.readFully(part.header.dataOffset() + tensor.offset() + offset, destination);
        } catch (IOException e) {
            throw new InvalidModelException(
                    part.header.source() + ": the data of tensor " + Refusal.quote(tensor.name()) + " cannot be read ("
                            + e.getMessage() + "); " + Refusal.DAMAGED,
                    e);
        }
    }

    private Part part(TensorInfo tensor) {
        for (Part part : parts.subList(1, parts.size())) {
            if (part.header.tensor(tensor.name()).isPresent()) {
                return part;
            }
        }
        return parts.getFirst();
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
        IOException fault = null;
        for (Part part : parts) {
            try {
                part.source.close();
            } catch (IOException e) {
                fault = e;
            }
        }
        if (fault != null) {
            throw new InvalidModelException(header.source() + ": cannot be closed (" + fault.getMessage() + ")", fault);
        }
    }
}
