package dev.proxytune.tune;

import dev.proxytune.gguf.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The tensors that a model consists of, and how they lie in its file. */
final class TensorNames {
    private TensorNames() {}

    /** Return the dimensions of each tensor by name, the length of a row last. */
    static SequencedMap<String, List<Integer>> of(ModelShape shape) {
        var tensors = new LinkedHashMap<String, List<Integer>>();
        int width = shape.width();
        int queries = shape.heads() * shape.headSize();
        int keys = shape.keyValueHeads() * shape.headSize();
        tensors.put("token_embd.weight", List.of(shape.vocabularySize(), width));
        if (!shape.tied()) {
            tensors.put("output.weight", List.of(shape.vocabularySize(), width));
        }
        tensors.put("output_norm.weight", List.of(width));
        for (int i = 0; i < shape.layers(); i++) {
            String block = "blk." + i + ".";
            tensors.put(block + "attn_norm.weight", List.of(width));
            tensors.put(block + "attn_q.weight", List.of(queries, width));
            tensors.put(block + "attn_k.weight", List.of(keys, width));
            tensors.put(block + "attn_v.weight", List.of(keys, width));
            tensors.put(block + "attn_output.weight", List.of(width, queries));
            tensors.put(block + "ffn_norm.weight", List.of(width));
            tensors.put(block + "ffn_gate.weight", List.of(shape.feedForward(), width));
            tensors.put(block + "ffn_up.weight", List.of(shape.feedForward(), width));
            tensors.put(block + "ffn_down.weight", List.of(width, shape.feedForward()));
        }
        return tensors;
    }

    /** Return the values of a tensor in the order of the file. */
    static float[] toFile(ModelShape shape, String name, float[] values) {
        return isRotated(shape, name)
                ? Rotation.permute(values, values.length / rows(shape, name), shape.headSize(), true)
                : values;
    }

    /** Return the values of a tensor of a file in the order that {@link Network} wants. */
    static float[] fromFile(ModelShape shape, String name, float[] values) {
        return isRotated(shape, name)
                ? Rotation.permute(values, values.length / rows(shape, name), shape.headSize(), false)
                : values;
    }

    private static int rows(ModelShape shape, String name) {
        return (name.contains(".attn_q.") ? shape.heads() : shape.keyValueHeads()) * shape.headSize();
    }

    /** Tell whether the rows of the tensor are the neighboring pairs that llama models rotate. */
    private static boolean isRotated(ModelShape shape, String name) {
        return shape.architecture().equals("llama") && (name.contains(".attn_q.") || name.contains(".attn_k."));
    }

    /** Return the type of a tensor in a file whose matrices have the given type. */
    static TensorType typeFor(TensorType matrixType, List<Long> sizes) {
        if (sizes.size() == 1) {
            return TensorType.F32;
        }
        return sizes.getFirst() % matrixType.blockSize() == 0 ? matrixType : TensorType.F16;
    }

    /** Return the number that stands for files of this type of matrices. */
    static int fileType(TensorType matrixType) {
        return switch (matrixType) {
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> 0;
        };
    }
}
