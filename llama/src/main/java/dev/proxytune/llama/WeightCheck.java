package dev.proxytune.llama;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Decide whether llama.cpp's quantizer can take the tensors of a file.
 *
 * <p>It aborts the process on tensors of four dimensions. Numbers that are not finite, before or after, it reports
 * straight to standard error and not in its log, so they must never get there.
 */
final class WeightCheck {
    /** Elements that are looked at together: whole blocks of every type. */
    private static final int CHUNK = 1 << 16;

    private final GgufFile file;
    private final QuantizeOptions options;

    WeightCheck(GgufFile file, QuantizeOptions options) {
        this.file = file;
        this.options = options;
    }

    /** Refuse what the header already tells to be impossible. */
    void requireShapes() {
        int alignment = file.header().alignment();
        if (alignment != 32) {
            throw new InvalidModelException(file.header().source() + ": tensors are aligned to " + alignment
                    + " bytes, llama.cpp quantizes files aligned to 32; convert the model to GGUF again");
        }
        for (TensorInfo tensor : file.header().tensors()) {
            if (tensor.dimension(3) > 1) {
                throw refusal(
                        tensor, "has four dimensions; llama.cpp quantizes up to three", "leave this model as it is");
            }
            if (tensor.type().blockSize() > 1) {
                requireRequantizable(tensor);
            }
        }
    }

    private void requireRequantizable(TensorInfo tensor) {
        String label = tensor.type().label();
        if (!options.requantize()) {
            throw refusal(
                    tensor,
                    "is quantized already (" + label + ")",
                    "take the F32, F16 or BF16 file, or allow to lose more (--allow-requantize)");
        }
        if (!TensorCodec.canDecode(tensor.type())) {
            throw refusal(
                    tensor, "is of type " + label + ", which cannot be quantized again", "take the original file");
        }
    }

    /** Refuse weights that are not finite or too large for the type; reads the whole file. */
    void requireNumbers() {
        for (TensorInfo tensor : file.header().tensors()) {
            if (tensor.type().isWeight()) {
                requireNumbers(tensor);
            }
        }
    }

    private void requireNumbers(TensorInfo tensor) {
        TensorType type = tensor.type();
        // Vectors are copied.
        float limit = tensor.rows() == 1 ? Float.MAX_VALUE : options.type().limit();
        var values = new float[(int) Math.min(CHUNK, tensor.elements())];
        var bytes = ByteBuffer.allocate((int) type.rowBytes(values.length)).order(ByteOrder.LITTLE_ENDIAN);
        for (long first = 0; first < tensor.elements(); first += values.length) {
            int count = (int) Math.min(values.length, tensor.elements() - first);
            bytes.clear().limit((int) type.rowBytes(count));
            file.read(tensor, type.rowBytes(first), bytes);
            TensorCodec.decode(type, bytes.flip(), values, 0, count);
            for (int i = 0; i < count; i++) {
                if (!(Math.abs(values[i]) <= limit)) {
                    throw refusal(
                            tensor,
                            "has " + values[i] + " at element " + (first + i) + "; " + options.type()
                                    + " holds numbers up to " + limit,
                            "download or convert the model again");
                }
            }
        }
    }

    private InvalidModelException refusal(TensorInfo tensor, String found, String advice) {
        return new InvalidModelException(
                file.header().source() + ": tensor '" + tensor.name() + "' " + found + "; " + advice);
    }
}
