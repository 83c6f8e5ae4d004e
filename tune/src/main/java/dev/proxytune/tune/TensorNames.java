package dev.proxytune.tune;

import dev.proxytune.gguf.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/** The tensors that a model consists of, and how they lie in its file. */
final class TensorNames {
    static final String EMBEDDING = "token_embd.weight";
    static final String OUTPUT = "output.weight";
    static final String ROPE_FACTORS = "rope_freqs.weight";

    private TensorNames() {}

    /** Return the dimensions of each tensor that a model of the shape must have, the length of a row last. */
    static SequencedMap<String, List<Integer>> of(ModelShape shape) {
        var tensors = new LinkedHashMap<String, List<Integer>>();
        int width = shape.width();
        tensors.put(EMBEDDING, List.of(shape.vocabularySize(), width));
        if (!shape.tied()) {
            tensors.put(OUTPUT, List.of(shape.vocabularySize(), width));
        }
        tensors.put("output_norm.weight", List.of(width));
        for (int i = 0; i < shape.layers(); i++) {
            addBlock(tensors, "blk." + i + ".", shape);
        }
        return tensors;
    }

    private static void addBlock(SequencedMap<String, List<Integer>> tensors, String block, ModelShape shape) {
        int width = shape.width();
        int queries = shape.heads() * shape.headSize();
        int keys = shape.keyValueHeads() * shape.headSize();
        tensors.put(block + "attn_norm.weight", List.of(width));
        tensors.put(block + "attn_q.weight", List.of(queries, width));
        tensors.put(block + "attn_k.weight", List.of(keys, width));
        tensors.put(block + "attn_v.weight", List.of(keys, width));
        if (shape.kind().normsHeads()) {
            tensors.put(block + "attn_q_norm.weight", List.of(shape.headSize()));
            tensors.put(block + "attn_k_norm.weight", List.of(shape.headSize()));
        }
        tensors.put(block + "attn_output.weight", List.of(width, queries));
        if (shape.kind().normsOutputs()) {
            tensors.put(block + "post_attention_norm.weight", List.of(width));
        }
        tensors.put(block + "ffn_norm.weight", List.of(width));
        tensors.put(block + "ffn_gate.weight", List.of(shape.feedForward(), width));
        tensors.put(block + "ffn_up.weight", List.of(shape.feedForward(), width));
        tensors.put(block + "ffn_down.weight", List.of(width, shape.feedForward()));
        if (shape.kind().normsOutputs()) {
            tensors.put(block + "post_ffw_norm.weight", List.of(width));
        }
    }

    /** Return the dimensions of each tensor that a model of the shape may have besides. */
    static SequencedMap<String, List<Integer>> optional(ModelShape shape) {
        var required = of(shape);
        var tensors = new LinkedHashMap<String, List<Integer>>();
        for (int i = 0; i < shape.layers(); i++) {
            for (String name : shape.kind().optionalBiases()) {
                String stem = "blk." + i + "." + name;
                List<Integer> matrix = Objects.requireNonNull(required.get(stem + ".weight"));
                tensors.put(stem + ".bias", List.of(matrix.getFirst()));
            }
        }
        return tensors;
    }

    /** Return the number of rows of a head, if rows lie in another order in memory than in the file, or 0. */
    static int movedRows(ModelShape shape, String name) {
        boolean turns = name.contains(".attn_q.")
                || name.contains(".attn_k.")
                || name.contains(".attn_q_norm.")
                || name.contains(".attn_k_norm.");
        return turns && shape.kind().rotatesHalves() ? shape.headSize() : 0;
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
