package dev.proxytune.gguf;

import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes a GGUF v3 file, tensor after tensor, without holding more than a few megabytes of it.
 *
 * <p>The bytes go to a temporary sibling that takes the final name when complete, so a reader never sees half a file.
 * Not thread-safe.
 */
public final class GgufWriter {
    /** Supplies the rows of a tensor. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Fill whole rows, one after the other. Called for different rows by several threads at once.
         *
         * @param firstRow number of the first row, from 0
         * @param destination the rows to fill, a multiple of the row length
         */
        void fill(long firstRow, float[] destination);
    }

    /** Supplies the stored bytes of a tensor. */
    @FunctionalInterface
    public interface Bytes {
        /**
         * Fill the buffer.
         *
         * @param offset first byte, from 0 at the start of the tensor's data
         */
        void fill(long offset, ByteBuffer destination);
    }

    private record Content(TensorInfo tensor, TensorOutput output) {}

    private final Metadata metadata;
    private final List<Content> contents = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private long nextOffset;

    /**
     * Create a writer of a file with this metadata.
     *
     * @throws IllegalArgumentException if the metadata asks for an alignment other than 32
     */
    public GgufWriter(Metadata metadata) {
        this.metadata = metadata;
        long alignment = metadata.integer("general.alignment").orElse(HeaderParser.DEFAULT_ALIGNMENT);
        if (alignment != HeaderParser.DEFAULT_ALIGNMENT) {
            throw new IllegalArgumentException("the writer aligns to 32 bytes, the metadata asks for " + alignment);
        }
    }

    /**
     * Add a tensor whose rows are encoded as they are written.
     *
     * @param shape one to four dimensions, the first being the length of a row
     * @throws IllegalArgumentException if the name is taken or malformed, or the shape does not fit the type
     * @throws UnsupportedOperationException if {@link TensorCodec} cannot encode the type
     */
    public GgufWriter addRows(String name, TensorType type, List<Long> shape, Rows rows) {
        if (!TensorCodec.canEncode(type)) {
            throw new UnsupportedOperationException("no encoder for tensor type " + type.label());
        }
        return add(name, type, shape, (tensor, channel) -> TensorOutput.writeRows(tensor, rows, channel));
    }

    /**
     * Add a tensor of floats that are already in memory.
     *
     * @throws IllegalArgumentException if the array's length is not the shape's
     */
    public GgufWriter addFloats(String name, TensorType type, List<Long> shape, float[] values) {
        long expected = shape.stream().reduce(1L, Math::multiplyExact);
        if (values.length != expected) {
            throw new IllegalArgumentException(
                    "tensor " + Refusal.quote(name) + " has " + expected + " elements, got " + values.length);
        }
        return addRows(
                name,
                type,
                shape,
                (row, rows) -> System.arraycopy(values, Math.toIntExact(row * shape.getFirst()), rows, 0, rows.length));
    }

    /** Add a tensor of bytes that are already encoded. */
    public GgufWriter addBytes(String name, TensorType type, List<Long> shape, Bytes bytes) {
        return add(name, type, shape, (tensor, channel) -> TensorOutput.writeBytes(tensor, bytes, channel));
    }

    /** Add a copy of another file's tensor; the file stays open until {@link #write(Path)} has returned. */
    public GgufWriter addCopy(GgufFile file, TensorInfo tensor) {
        return addBytes(
                tensor.name(), tensor.type(), tensor.shape(), (offset, buffer) -> file.read(tensor, offset, buffer));
    }

    private GgufWriter add(String name, TensorType type, List<Long> shape, TensorOutput output) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > 63 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("not a tensor name: " + Refusal.quote(name));
        }
        var tensor = new TensorInfo(name, type, shape, nextOffset);
        if (!names.add(name)) {
            throw new IllegalArgumentException("tensor " + Refusal.quote(name) + " is already there");
        }
        contents.add(new Content(tensor, output));
        nextOffset = HeaderParser.roundUp(nextOffset + tensor.byteSize(), HeaderParser.DEFAULT_ALIGNMENT);
        return this;
    }

    /**
     * Write the file, replacing one of the same name.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    public void write(Path path) {
        try (var part = new PartialFile(path)) {
            try (var channel = FileChannel.open(part.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeTo(channel);
            }
            part.complete(true);
        } catch (IOException e) {
            throw new ProxyTuneException(
                    path + ": cannot be written (" + PartialFile.reason(e)
                            + "); check the directory, its permissions and the free space",
                    e);
        }
    }

    private void writeTo(FileChannel channel) throws IOException {
        var header = new HeaderOutput(channel);
        header.writeStart(contents.size(), metadata.values().size());
        for (var entry : metadata.values().entrySet()) {
            header.writeEntry(entry.getKey(), entry.getValue());
        }
        for (var content : contents) {
            header.writeTensor(content.tensor());
        }
        header.flush();
        for (var content : contents) {
            pad(channel);
            content.output().write(content.tensor(), channel);
        }
        pad(channel);
    }

    private static void pad(FileChannel channel) throws IOException {
        long position = channel.position();
        int padding = (int) (HeaderParser.roundUp(position, HeaderParser.DEFAULT_ALIGNMENT) - position);
        var zeros = ByteBuffer.allocate(padding).order(ByteOrder.LITTLE_ENDIAN);
        while (zeros.hasRemaining()) {
            channel.write(zeros);
        }
    }
}
