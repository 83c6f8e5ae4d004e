package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Immutable header of a GGUF file: its metadata and the description of its tensors.
 *
 * <p>The files of a split model that are opened together have one header, of the whole model: the metadata of the first
 * without what tells of parts, and all tensors.
 *
 * <p>A header that could be read is well-formed: keys and tensors are unique and all data lies inside the file. Whether
 * llama.cpp can run it as a model is for {@link ModelCheck} to say.
 */
public final class GgufHeader {
    private final String source;
    private final int version;
    private final Metadata metadata;
    private final List<TensorInfo> tensors;
    private final Map<String, TensorInfo> byName;
    private final int alignment;
    private final long dataOffset;
    private final long size;
    private final int files;

    GgufHeader(
            String source,
            int version,
            Metadata metadata,
            List<TensorInfo> tensors,
            int alignment,
            long dataOffset,
            long size,
            int files) {
        this.source = source;
        this.version = version;
        this.metadata = metadata;
        this.tensors = List.copyOf(tensors);
        this.alignment = alignment;
        this.dataOffset = dataOffset;
        this.size = size;
        this.files = files;
        this.byName = HashMap.newHashMap(tensors.size());
        for (var tensor : tensors) {
            byName.put(tensor.name(), tensor);
        }
    }

    /**
     * Read the header from the start of a source, leaving the source open.
     *
     * @throws InvalidModelException if it is not a well-formed GGUF file or cannot be read
     */
    public static GgufHeader read(ByteSource source) {
        return new HeaderParser(source).parse();
    }

    /** Return the file's name, as error messages give it; the first one's of a split model. */
    public String source() {
        return source;
    }

    /** Return the version of the format, 2 or 3. */
    public int version() {
        return version;
    }

    /** Return the keys and values. */
    public Metadata metadata() {
        return metadata;
    }

    /** Return the tensors in file order. */
    public List<TensorInfo> tensors() {
        return tensors;
    }

    /** Return the tensor of this name. */
    public Optional<TensorInfo> tensor(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Return the alignment of tensors in bytes, a power of two from 32 to 65536; in the first file of a split model. */
    public int alignment() {
        return alignment;
    }

    /** Return the byte offset in the file that tensor offsets count from; in the first file of a split model. */
    public long dataOffset() {
        return dataOffset;
    }

    /** Return the size of the file in bytes; of all files of a split model. */
    public long size() {
        return size;
    }

    /** Return the number of files that this is the header of, more than 1 for a split model. */
    public int files() {
        return files;
    }

    /** Return the architecture's name, such as {@code llama}. */
    public Optional<String> architecture() {
        return metadata.string("general.architecture");
    }

    /** Tell whether the model has no output matrix of its own, but multiplies by the embedding. */
    public boolean isTied() {
        return tensor("output.weight").isEmpty();
    }

    /** Tell whether this is a LoRA adapter rather than a model. */
    public boolean isAdapter() {
        return metadata.value("general.type").orElse(null) instanceof MetadataValue.Text text
                && text.value().equals("adapter");
    }

    @Override
    public String toString() {
        return source + " (GGUF v" + version + ", " + metadata.values().size() + " keys, " + tensors.size()
                + " tensors)";
    }
}
