package dev.proxytune.gguf;

import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Made-up model of the llama architecture: random weights that llama.cpp runs like those of a trained model.
 *
 * <p>The weights follow from the seed alone, row by row, so two models of one seed share the rows of all tokens that
 * both have. They are scaled so that logits spread by about two, whatever the sizes.
 *
 * @param shape the sizes
 * @param vocabulary the tokens, as many as the shape says
 * @param seed what the weights follow from
 * @param perturbation how this model differs from the unperturbed one of the same seed
 */
public record SyntheticModel(Shape shape, SyntheticVocabulary vocabulary, long seed, Perturbation perturbation) {

    /**
     * Sizes of a model.
     *
     * @param width length of the residual stream, a multiple of the matrix type's block size
     * @param layers number of blocks, 1 to {@link ModelCheck#MOST_LAYERS}
     * @param heads attention heads, dividing the width into heads of even length
     * @param keyValueHeads key-value heads, dividing the heads
     * @param feedForward hidden units, a multiple of the matrix type's block size
     * @param vocabularySize number of tokens
     * @param contextLength longest sequence in tokens
     * @param tied whether the output uses the embedding's weights
     * @param matrixType type of the matrices, one that {@link TensorCodec} can encode
     */
    public record Shape(
            int width,
            int layers,
            int heads,
            int keyValueHeads,
            int feedForward,
            int vocabularySize,
            int contextLength,
            boolean tied,
            TensorType matrixType) {

        public Shape {
            for (int size :
                    new int[] {width, layers, heads, keyValueHeads, feedForward, vocabularySize, contextLength}) {
                if (size < 1) {
                    throw new IllegalArgumentException("all sizes must be positive, got " + size);
                }
            }
            if (layers > ModelCheck.MOST_LAYERS
                    || width % heads != 0
                    || width / heads % 2 != 0
                    || heads % keyValueHeads != 0) {
                throw new IllegalArgumentException(layers + " layers of width " + width + " with " + heads
                        + " heads and " + keyValueHeads + " key-value heads do not make a model");
            }
            if (!TensorCodec.canEncode(matrixType)) {
                throw new IllegalArgumentException("no encoder for tensor type " + matrixType.label());
            }
            matrixType.rowBytes(width);
            matrixType.rowBytes(feedForward);
        }

        /** Return a model that loads in a few milliseconds: 2 layers of width 64, 288 tokens, context 256. */
        public static Shape tiny() {
            return new Shape(64, 2, 4, 2, 128, 288, 256, true, TensorType.F32);
        }

        /** Return this shape with another number of tokens. */
        public Shape withVocabularySize(int size) {
            return new Shape(width, layers, heads, keyValueHeads, feedForward, size, contextLength, tied, matrixType);
        }

        /** Return this shape with another type of matrices. */
        public Shape withMatrixType(TensorType type) {
            return new Shape(
                    width, layers, heads, keyValueHeads, feedForward, vocabularySize, contextLength, tied, type);
        }

        /** Return this shape with another context length. */
        public Shape withContextLength(int length) {
            return new Shape(
                    width, layers, heads, keyValueHeads, feedForward, vocabularySize, length, tied, matrixType);
        }
    }

    /**
     * Noise added to all matrices.
     *
     * @param seed what the noise follows from
     * @param amount its size relative to the weights, 0 for none
     */
    public record Perturbation(long seed, float amount) {
        /** No noise. */
        public static final Perturbation NONE = new Perturbation(0, 0);

        public Perturbation {
            if (!(amount >= 0 && amount <= 100)) {
                throw new IllegalArgumentException("amount must be from 0 to 100, got " + amount);
            }
        }
    }

    private static final float LOGIT_SPREAD = 2;
    private static final float EPSILON = 1e-5f;

    public SyntheticModel {
        if (vocabulary.size() != shape.vocabularySize()) {
            throw new IllegalArgumentException(
                    "the shape has " + shape.vocabularySize() + " tokens, the vocabulary " + vocabulary.size());
        }
    }

    /** Create a model of this shape with a made-up vocabulary. */
    public static SyntheticModel of(Shape shape, long seed) {
        return new SyntheticModel(shape, SyntheticVocabulary.ofSize(shape.vocabularySize()), seed, Perturbation.NONE);
    }

    /** Return this model with other weights. */
    public SyntheticModel withSeed(long other) {
        return new SyntheticModel(shape, vocabulary, other, perturbation);
    }

    /** Return this model with noise on its weights, in place of the noise it had. */
    public SyntheticModel withPerturbation(long noiseSeed, float amount) {
        return new SyntheticModel(shape, vocabulary, seed, new Perturbation(noiseSeed, amount));
    }

    /** Return this model with another vocabulary of any size. */
    public SyntheticModel withVocabulary(SyntheticVocabulary other) {
        return new SyntheticModel(shape.withVocabularySize(other.size()), other, seed, perturbation);
    }

    /** Return the metadata of the model's file. */
    public Metadata metadata() {
        int headLength = shape.width() / shape.heads();
        return Metadata.builder()
                .put("general.architecture", "llama")
                .put("general.name", "synthetic " + seed)
                .putUnsigned("general.file_type", fileType(shape.matrixType()))
                .putUnsigned("llama.vocab_size", shape.vocabularySize())
                .putUnsigned("llama.context_length", shape.contextLength())
                .putUnsigned("llama.embedding_length", shape.width())
                .putUnsigned("llama.block_count", shape.layers())
                .putUnsigned("llama.feed_forward_length", shape.feedForward())
                .putUnsigned("llama.attention.head_count", shape.heads())
                .putUnsigned("llama.attention.head_count_kv", shape.keyValueHeads())
                .put("llama.attention.layer_norm_rms_epsilon", EPSILON)
                .putUnsigned("llama.rope.dimension_count", headLength)
                .put("llama.rope.freq_base", 10000f)
                .putAll(vocabulary.metadata().values())
                .build();
    }

    private static int fileType(TensorType type) {
        return switch (type) {
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> 0;
        };
    }

    /**
     * Write the model, replacing a file of the same name.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    public void write(Path path) {
        writer(metadata()).write(path);
    }

    /** Return a writer of the model's tensors under other metadata, for files that are wrong on purpose. */
    public GgufWriter writer(Metadata metadata) {
        var writer = new GgufWriter(metadata);
        int width = shape.width();
        int tokens = shape.vocabularySize();
        matrix(writer, "token_embd.weight", width, tokens, LOGIT_SPREAD);
        if (!shape.tied()) {
            matrix(writer, "output.weight", width, tokens, LOGIT_SPREAD);
        }
        norm(writer, "output_norm.weight");
        int keyValueWidth = width / shape.heads() * shape.keyValueHeads();
        for (int i = 0; i < shape.layers(); i++) {
            String block = "blk." + i + ".";
            norm(writer, block + "attn_norm.weight");
            matrix(writer, block + "attn_q.weight", width, width, 1);
            matrix(writer, block + "attn_k.weight", width, keyValueWidth, 1);
            matrix(writer, block + "attn_v.weight", width, keyValueWidth, 1);
            matrix(writer, block + "attn_output.weight", width, width, 1);
            norm(writer, block + "ffn_norm.weight");
            matrix(writer, block + "ffn_gate.weight", width, shape.feedForward(), 1);
            matrix(writer, block + "ffn_up.weight", width, shape.feedForward(), 1);
            matrix(writer, block + "ffn_down.weight", shape.feedForward(), width, 1);
        }
        return writer;
    }

    private void norm(GgufWriter writer, String name) {
        var ones = new float[shape.width()];
        Arrays.fill(ones, 1);
        writer.addFloats(name, TensorType.F32, List.of((long) shape.width()), ones);
    }

    /** Add a matrix that maps values of unit size to values of about the given size. */
    private void matrix(GgufWriter writer, String name, int columns, int rows, float gain) {
        // A uniform number from -1 to 1 has a deviation of 1 / √3.
        float scale = (float) (gain * Math.sqrt(3.0 / columns));
        long stream = mix(seed ^ mix(name.hashCode()));
        long noise = mix(perturbation.seed() ^ mix(~name.hashCode()));
        float amount = scale * perturbation.amount();
        writer.addRows(name, shape.matrixType(), List.of((long) columns, (long) rows), (first, values) -> {
            for (int at = 0; at < values.length; at += columns) {
                long row = first + at / columns;
                Arrays.fill(values, at, at + columns, 0);
                addUniform(values, at, columns, mix(stream + row), scale);
                if (amount > 0) {
                    addUniform(values, at, columns, mix(noise + row), amount);
                }
            }
        });
    }

    private static void addUniform(float[] values, int from, int count, long start, float scale) {
        long state = start;
        float unit = scale * 0x1p-31f;
        for (int i = from; i < from + count; i++) {
            state = state * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL;
            values[i] += (int) (state >>> 32) * unit;
        }
    }

    /** Scramble a number so that neighbours become unrelated (the finalizer of SplitMix64). */
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
