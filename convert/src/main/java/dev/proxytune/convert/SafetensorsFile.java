package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Open safetensors file: 8 bytes with the length of a JSON header, the header, and the tensors' data without gaps.
 *
 * <p>The data is read at positions, so a file may be larger than memory, and used by several threads at once.
 */
final class SafetensorsFile implements AutoCloseable {
    /** The limit of the format's own library. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final String METADATA = "__metadata__";

    private record Range(StoredTensor tensor, long end) {}

    private final Path path;
    private final FileChannel channel;
    private final List<StoredTensor> tensors;

    private SafetensorsFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.tensors = parse();
    }

    /**
     * Open a file and read its header.
     *
     * @throws InvalidModelException if it is missing, cut short, or says what cannot be
     */
    static SafetensorsFile open(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            // To open a pipe would wait for whoever writes into it.
            throw Fault.of(path, "is no regular file", "put the file itself there");
        }
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new SafetensorsFile(path, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw Fault.unreadable(path, e);
        }
    }

    Path path() {
        return path;
    }

    /** Return the tensors in the order of their data. */
    List<StoredTensor> tensors() {
        return tensors;
    }

    private List<StoredTensor> parse() throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw Fault.of(path, "has only " + size + " bytes", Fault.DAMAGED);
        }
        var start = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        readFully(0, start);
        long length = start.getLong(0);
        if (length < 2 || length > LONGEST_HEADER) {
            throw Fault.of(
                    path,
                    "its header would have " + Long.toUnsignedString(length) + " bytes, which no safetensors file has",
                    "take another file, or " + Fault.DAMAGED);
        }
        if (length > size - Long.BYTES) {
            throw Fault.of(path, "ends within its header of " + length + " bytes", Fault.DAMAGED);
        }
        var json = ByteBuffer.allocate((int) length);
        readFully(Long.BYTES, json);
        return layOut(JsonObject.parse(path + " (header)", json.array()), Long.BYTES + length, size);
    }

    private List<StoredTensor> layOut(JsonObject header, long start, long size) {
        var ranges = new ArrayList<Range>();
        header.objects().forEach((name, entry) -> {
            if (!name.equals(METADATA)) {
                ranges.add(range(name, entry, start));
            }
        });
        ranges.sort(Comparator.comparingLong((Range range) -> range.tensor().offset())
                .thenComparingLong(Range::end));
        long expected = start;
        for (var range : ranges) {
            if (range.tensor().offset() != expected) {
                throw Fault.of(
                        path,
                        "the data of tensor " + Fault.quote(range.tensor().name()) + " starts at byte "
                                + range.tensor().offset() + " instead of " + expected
                                + ", so tensors overlap or leave a gap",
                        Fault.DAMAGED);
            }
            expected = range.end();
        }
        if (expected != size) {
            throw Fault.of(path, "has " + size + " bytes instead of " + expected, Fault.DAMAGED);
        }
        return ranges.stream().map(Range::tensor).toList();
    }

    private Range range(String name, JsonObject entry, long start) {
        String label = entry.string("dtype").orElseThrow(() -> entry.missing("dtype"));
        int width = width(label);
        if (width == 0) {
            throw Fault.of(
                    path,
                    "tensor " + Fault.quote(name) + " is of the unknown type " + Fault.quote(label),
                    "take the model in F32, F16 or BF16");
        }
        var shape = entry.integerList("shape");
        var offsets = entry.integerList("data_offsets");
        if (!entry.isList("shape") || offsets.size() != 2) {
            throw Fault.of(path, "tensor " + Fault.quote(name) + " has no shape or no place", Fault.DAMAGED);
        }
        try {
            long bytes = width;
            for (long dimension : shape) {
                if (dimension < 0) {
                    throw new IllegalArgumentException();
                }
                bytes = Math.multiplyExact(bytes, dimension);
            }
            long first = offsets.getFirst();
            long end = offsets.getLast();
            if (first < 0 || end < first || end - first != bytes) {
                throw new IllegalArgumentException();
            }
            long last = Math.addExact(start, end);
            return new Range(new StoredTensor(this, name, label, shape, start + first), last);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw Fault.of(
                    path,
                    "tensor " + Fault.quote(name) + " of shape " + shape + " cannot fill bytes " + offsets.getFirst()
                            + " to " + offsets.getLast(),
                    Fault.DAMAGED,
                    e);
        }
    }

    /** Return the bytes of an element, 0 for an unknown type. */
    private static int width(String label) {
        return switch (label) {
            case "F64", "I64", "U64", "C64" -> 8;
            case "F32", "I32", "U32" -> 4;
            case "F16", "BF16", "I16", "U16" -> 2;
            case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0" -> 1;
            default -> 0;
        };
    }

    void readFully(long position, ByteBuffer destination) throws IOException {
        long at = position;
        while (destination.hasRemaining()) {
            int count = channel.read(destination, at);
            if (count < 0) {
                throw new EOFException("the file ends at byte " + at);
            }
            at += count;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Fault.of(path, "cannot be closed (" + e.getMessage() + ")", "check the disk", e);
        }
    }
}
