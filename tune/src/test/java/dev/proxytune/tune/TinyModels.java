package dev.proxytune.tune;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Writes models of every architecture with random weights. */
final class TinyModels {
    static final int VOCABULARY = 288;
    static final int LAYERS = 3;
    static final int HEADS = 4;
    static final int PAIRS = 2;
    static final int HEAD_SIZE = 32;
    static final int FEED_FORWARD = 128;
    static final int CONTEXT = 256;

    private TinyModels() {}

    static int width(Architecture kind) {
        // Only qwen2 wants heads that fill the width.
        return kind == Architecture.QWEN2 ? HEADS * HEAD_SIZE : 96;
    }

    /** Return metadata of a model that llama.cpp runs. */
    static Metadata.Builder metadata(Architecture kind) {
        String prefix = kind.label() + ".";
        var builder = Metadata.builder()
                .put("general.architecture", kind.label())
                .putUnsigned(prefix + "context_length", CONTEXT)
                .putUnsigned(prefix + "embedding_length", width(kind))
                .putUnsigned(prefix + "block_count", LAYERS)
                .putUnsigned(prefix + "feed_forward_length", FEED_FORWARD)
                .putUnsigned(prefix + "attention.head_count", HEADS)
                .putUnsigned(prefix + "attention.head_count_kv", PAIRS)
                .putUnsigned(prefix + "attention.key_length", HEAD_SIZE)
                .putUnsigned(prefix + "attention.value_length", HEAD_SIZE)
                .put(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .putUnsigned(prefix + "rope.dimension_count", HEAD_SIZE)
                .put(prefix + "rope.freq_base", 5000f);
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).metadata().values().forEach((key, value) -> {
            if (key.startsWith("tokenizer.")) {
                builder.put(key, value);
            }
        });
        return builder;
    }

    /** Write a model with the given metadata, tied or not, with biases where the architecture has them. */
    static Path write(
            Path file, Architecture kind, Metadata metadata, boolean tied, TensorType type, Consumer<GgufWriter> more) {
        var writer = new GgufWriter(metadata);
        var random = new Random(kind.label().hashCode());
        int width = width(kind);
        matrix(writer, random, "token_embd.weight", width, VOCABULARY, type);
        if (!tied) {
            matrix(writer, random, "output.weight", width, VOCABULARY, type);
        }
        vector(writer, random, "output_norm.weight", width, 1);
        for (int i = 0; i < LAYERS; i++) {
            block(writer, random, kind, "blk." + i + ".", type);
        }
        more.accept(writer);
        writer.write(file);
        return file;
    }

    private static void block(GgufWriter writer, Random random, Architecture kind, String block, TensorType type) {
        int width = width(kind);
        vector(writer, random, block + "attn_norm.weight", width, 1);
        matrix(writer, random, block + "attn_q.weight", width, HEADS * HEAD_SIZE, type);
        matrix(writer, random, block + "attn_k.weight", width, PAIRS * HEAD_SIZE, type);
        matrix(writer, random, block + "attn_v.weight", width, PAIRS * HEAD_SIZE, type);
        matrix(writer, random, block + "attn_output.weight", HEADS * HEAD_SIZE, width, type);
        if (kind == Architecture.QWEN2) {
            vector(writer, random, block + "attn_q.bias", HEADS * HEAD_SIZE, 0);
            vector(writer, random, block + "attn_k.bias", PAIRS * HEAD_SIZE, 0);
            vector(writer, random, block + "attn_v.bias", PAIRS * HEAD_SIZE, 0);
        }
        if (kind == Architecture.QWEN3 || kind == Architecture.GEMMA3) {
            vector(writer, random, block + "attn_q_norm.weight", HEAD_SIZE, 1);
            vector(writer, random, block + "attn_k_norm.weight", HEAD_SIZE, 1);
        }
        if (kind == Architecture.GEMMA3) {
            vector(writer, random, block + "post_attention_norm.weight", width, 1);
            vector(writer, random, block + "post_ffw_norm.weight", width, 1);
        }
        vector(writer, random, block + "ffn_norm.weight", width, 1);
        matrix(writer, random, block + "ffn_gate.weight", width, FEED_FORWARD, type);
        matrix(writer, random, block + "ffn_up.weight", width, FEED_FORWARD, type);
        matrix(writer, random, block + "ffn_down.weight", FEED_FORWARD, width, type);
    }

    static void matrix(GgufWriter writer, Random random, String name, int columns, int rows, TensorType type) {
        writer.addFloats(
                name,
                type,
                List.of((long) columns, (long) rows),
                normal(random, columns * rows, 0, 1.5 / Math.sqrt(columns)));
    }

    static void vector(GgufWriter writer, Random random, String name, int length, double mean) {
        writer.addFloats(name, TensorType.F32, List.of((long) length), normal(random, length, mean, 0.3));
    }

    private static float[] normal(Random random, int count, double mean, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return values;
    }
}
