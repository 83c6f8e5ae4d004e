package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** Reads a GGUF header and refuses whatever does not follow the format or llama.cpp's reader would not survive. */
final class HeaderParser {
    static final int DEFAULT_ALIGNMENT = 32;

    private static final int MAGIC = 0x46554747;
    private static final String ALIGNMENT_KEY = "general.alignment";
    private static final int LARGEST_ALIGNMENT = 1 << 16;
    private static final int MOST_KEYS = 1 << 16;
    private static final int MOST_TENSORS = 1 << 17;
    private static final int LONGEST_KEY = 65535;
    private static final int LONGEST_TENSOR_NAME = 63;

    private final ByteSource source;
    private final ByteCursor cursor;

    HeaderParser(ByteSource source) {
        this.source = source;
        this.cursor = new ByteCursor(source);
    }

    GgufHeader parse() {
        if (source.size() == 0) {
            throw Refusal.damaged(source.name(), "the file is empty", "a GGUF model");
        }
        readMagic();
        int version = readVersion();
        cursor.enter("the header");
        // A tensor takes at least 32 bytes and a key at least 13, so larger counts cannot be true.
        int tensorCount = readCount("tensors", MOST_TENSORS, 32);
        int keyCount = readCount("metadata keys", MOST_KEYS, 13);
        var metadata = readMetadata(keyCount);
        int alignment = alignment(metadata);
        var unplaced = readTensors(tensorCount);
        long position = cursor.position();
        long dataOffset = tensorCount == 0 ? position : roundUp(position, alignment);
        var tensors = checkPlaces(unplaced, alignment, dataOffset);
        return new GgufHeader(source.name(), version, metadata, tensors, alignment, dataOffset, source.size(), 1);
    }

    private void readMagic() {
        int magic = cursor.readInt();
        if (magic == MAGIC) {
            return;
        }
        String found = magic == Integer.reverseBytes(MAGIC)
                ? "the magic number is reversed"
                : String.format("the first four bytes are %08x", Integer.reverseBytes(magic));
        throw Refusal.of(
                source.name(),
                found,
                "'GGUF' (47475546)",
                "give a GGUF model, or convert this one with llama.cpp's convert_hf_to_gguf.py");
    }

    private int readVersion() {
        cursor.enter("the version");
        int version = cursor.readInt();
        if (version == 2 || version == 3) {
            return version;
        }
        if (version != 0 && (version & 0xffff) == 0) {
            throw Refusal.of(
                    source.name(),
                    "the file is big-endian (version " + Integer.reverseBytes(version) + ")",
                    "a little-endian GGUF file",
                    "convert it with gguf_convert_endian.py of llama.cpp");
        }
        throw Refusal.of(
                source.name(),
                "GGUF version " + Integer.toUnsignedString(version),
                "version 2 or 3",
                "convert the model again with a current llama.cpp");
    }

    private int readCount(String what, int most, int leastBytes) {
        long count = cursor.readLong();
        if (count < 0 || count > most || count > cursor.remaining() / leastBytes) {
            throw Refusal.damaged(
                    source.name(),
                    "the header claims " + Long.toUnsignedString(count) + " " + what,
                    "at most " + Math.min(most, cursor.remaining() / leastBytes) + " in the " + cursor.remaining()
                            + " bytes that follow");
        }
        return (int) count;
    }

    private Metadata readMetadata(int count) {
        var values = LinkedHashMap.<String, MetadataValue>newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            cursor.enter("a metadata key");
            String key = cursor.readString();
            checkName(key, LONGEST_KEY);
            cursor.enter("the value of key", key);
            if (values.putIfAbsent(key, readValue()) != null) {
                throw Refusal.badConversion(
                        source.name(), "key " + Refusal.quote(key) + " appears twice", "every key once");
            }
        }
        return new Metadata(source.name(), values);
    }

    private void checkName(String name, int longest) {
        boolean plain = !name.isEmpty() && name.getBytes(StandardCharsets.UTF_8).length <= longest;
        for (int i = 0; i < name.length(); i++) {
            plain &= !Character.isISOControl(name.charAt(i)) && name.charAt(i) != 0xfffd;
        }
        if (!plain) {
            throw Refusal.damaged(
                    source.name(),
                    cursor.part() + " is named " + Refusal.quote(name) + " before byte " + cursor.position(),
                    "1 to " + longest + " bytes of printable UTF-8");
        }
    }

    private ValueType readType() {
        long at = cursor.position();
        int id = cursor.readInt();
        return ValueType.byId(id)
                .orElseThrow(() -> Refusal.damaged(
                        source.name(),
                        cursor.part() + " has type " + Integer.toUnsignedString(id) + " at byte " + at,
                        "a value type from 0 to 12"));
    }

    private MetadataValue readValue() {
        var type = readType();
        return switch (type) {
            case STRING -> new MetadataValue.Text(cursor.readString());
            case ARRAY -> readArray();
            case BOOL -> new MetadataValue.Flag(cursor.readNumbers(type, 1).longAt(0) != 0);
            case FLOAT32, FLOAT64 ->
                new MetadataValue.Real(type, cursor.readNumbers(type, 1).doubleAt(0));
            default -> new MetadataValue.Whole(type, cursor.readNumbers(type, 1).longAt(0));
        };
    }

    private MetadataValue readArray() {
        var type = readType();
        if (type == ValueType.ARRAY) {
            throw Refusal.badConversion(
                    source.name(), cursor.part() + " is an array of arrays", "an array of strings or numbers");
        }
        long count = cursor.readLong();
        return type == ValueType.STRING ? cursor.readTexts(count) : cursor.readNumbers(type, count);
    }

    private int alignment(Metadata metadata) {
        var value = metadata.value(ALIGNMENT_KEY);
        if (value.isEmpty()) {
            return DEFAULT_ALIGNMENT;
        }
        boolean fits = value.get() instanceof MetadataValue.Whole(ValueType type, long bytes)
                && type == ValueType.UINT32
                && bytes >= DEFAULT_ALIGNMENT
                && bytes <= LARGEST_ALIGNMENT
                && Long.bitCount(bytes) == 1;
        if (!fits) {
            String found = value.get() instanceof MetadataValue.Whole(ValueType type, long bytes)
                    ? type.label() + " " + bytes
                    : value.get().describe();
            // llama.cpp aborts when mapped tensors are not on its own 32-byte grid.
            throw Refusal.badConversion(
                    source.name(),
                    "key '" + ALIGNMENT_KEY + "' is " + found,
                    "a u32 power of two from " + DEFAULT_ALIGNMENT + " to " + LARGEST_ALIGNMENT);
        }
        return Math.toIntExact(metadata.integer(ALIGNMENT_KEY).orElseThrow());
    }

    private List<TensorInfo> readTensors(int count) {
        var tensors = new ArrayList<TensorInfo>(count);
        Set<String> names = HashSet.newHashSet(count);
        for (int i = 0; i < count; i++) {
            cursor.enter("a tensor");
            String name = cursor.readString();
            checkName(name, LONGEST_TENSOR_NAME);
            if (!names.add(name)) {
                throw Refusal.badConversion(
                        source.name(), "tensor " + Refusal.quote(name) + " appears twice", "every tensor once");
            }
            cursor.enter("the description of tensor", name);
            tensors.add(readTensor(name));
        }
        return tensors;
    }

    private TensorInfo readTensor(String name) {
        int rank = cursor.readInt();
        if (rank < 1 || rank > 4) {
            throw badTensor(name, "has " + Integer.toUnsignedString(rank) + " dimensions", "1 to 4");
        }
        var shape = new ArrayList<Long>(rank);
        for (int i = 0; i < rank; i++) {
            long length = cursor.readLong();
            if (length < 1) {
                throw badTensor(name, "has dimension " + Long.toUnsignedString(length), "a positive length");
            }
            shape.add(length);
        }
        int id = cursor.readInt();
        var type = TensorType.byId(id)
                .orElseThrow(() -> badTensor(
                        name, "has type " + Integer.toUnsignedString(id), "a tensor type of llama.cpp v0.5.0"));
        long offset = cursor.readLong();
        if (shape.getFirst() % type.blockSize() != 0) {
            throw badTensor(
                    name,
                    "has rows of " + shape.getFirst() + " " + type.label() + " elements",
                    "a multiple of " + type.blockSize());
        }
        if (offset < 0) {
            throw badTensor(name, "has offset " + Long.toUnsignedString(offset), "an offset inside the file");
        }
        try {
            return new TensorInfo(name, type, shape, offset);
        } catch (ArithmeticException e) {
            throw badTensor(name, "has shape " + shape, "fewer elements than fit 63 bits");
        }
    }

    /** Check that the tensors follow each other without gap or overlap, as llama.cpp demands, and end in the file. */
    private List<TensorInfo> checkPlaces(List<TensorInfo> tensors, int alignment, long dataOffset) {
        long expected = 0;
        for (var tensor : tensors) {
            if (tensor.offset() != expected) {
                String how = tensor.offset() < expected ? "overlaps the one before it" : "leaves a gap before it";
                throw badTensor(tensor.name(), how + " (offset " + tensor.offset() + ")", "offset " + expected);
            }
            long available = source.size() - dataOffset - expected;
            if (tensor.byteSize() > available) {
                throw badTensor(
                        tensor.name(),
                        "needs " + tensor.byteSize() + " bytes of data from byte " + (dataOffset + expected) + " on",
                        "at most the " + Math.max(0, available) + " bytes left in the file");
            }
            expected += roundUp(tensor.byteSize(), alignment);
        }
        return List.copyOf(tensors);
    }

    private InvalidModelException badTensor(String name, String found, String expected) {
        return Refusal.damaged(source.name(), "tensor " + Refusal.quote(name) + " " + found, expected);
    }

    static long roundUp(long value, int alignment) {
        return Math.addExact(value, alignment - 1L) & -alignment;
    }
}
