package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One tensor of a safetensors file.
 *
 * @param file the open file
 * @param name unique name
 * @param label type of the elements, as safetensors names it
 * @param shape dimensions from the outermost on, as PyTorch has them
 * @param offset first byte in the file
 */
record StoredTensor(SafetensorsFile file, String name, String label, List<Long> shape, long offset) {
    private static final Map<String, TensorType> TYPES =
            Map.of("F32", TensorType.F32, "F16", TensorType.F16, "BF16", TensorType.BF16);

    StoredTensor {
        shape = List.copyOf(shape);
    }

    /**
     * Return the type of the elements.
     *
     * @throws InvalidModelException if it is none of F32, F16 and BF16
     */
    TensorType type() {
        return knownType()
                .orElseThrow(() -> Fault.of(
                        file.path(),
                        "tensor " + Fault.quote(name) + " is of type " + Fault.quote(label),
                        "only F32, F16 and BF16 can be converted; take the model as it was before it was quantized"));
    }

    /** Return the type of the elements if it is one that can be converted. */
    Optional<TensorType> knownType() {
        return Optional.ofNullable(TYPES.get(label));
    }

    /** Return the number of elements. */
    long elements() {
        return shape.stream().reduce(1L, (one, two) -> one * two);
    }

    /** Return a buffer of the bytes of these elements; safe for use by several threads. */
    ByteBuffer read(long firstElement, int count) {
        int width = type().blockBytes();
        var bytes = ByteBuffer.allocate(Math.multiplyExact(count, width)).order(ByteOrder.LITTLE_ENDIAN);
        try {
            file.readFully(offset + firstElement * width, bytes);
        } catch (IOException e) {
            throw Fault.of(
                    file.path(),
                    "the data of tensor " + Fault.quote(name) + " cannot be read (" + e.getMessage() + ")",
                    Fault.DAMAGED,
                    e);
        }
        return bytes.flip();
    }
}
