package dev.proxytune.tune;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.Metadata;
import java.util.Set;

/**
 * The sizes and constants of a model.
 *
 * @param kind how the parts are put together
 * @param width length of the residual stream
 * @param layers number of blocks
 * @param heads attention heads
 * @param keyValueHeads heads of keys and values, dividing the heads
 * @param headSize length of a head, even
 * @param feedForward hidden units of the feed-forward part
 * @param vocabularySize number of tokens
 * @param contextLength longest sequence in tokens
 * @param normEpsilon what keeps the norms from dividing by zero
 * @param ropeBase base of the rotary frequencies
 * @param ropeScale what positions are multiplied by before they rotate, 1 for none
 * @param window the layers that see only the last tokens
 * @param tied whether the output uses the embedding's weights
 */
public record ModelShape(
        Architecture kind,
        int width,
        int layers,
        int heads,
        int keyValueHeads,
        int headSize,
        int feedForward,
        int vocabularySize,
        int contextLength,
        float normEpsilon,
        float ropeBase,
        float ropeScale,
        Window window,
        boolean tied) {

    /**
     * The layers that see only the last tokens.
     *
     * @param length how many tokens they see, the current one included
     * @param ropeBase base of their rotary frequencies
     * @param layers their numbers, from 0
     */
    public record Window(int length, float ropeBase, Set<Integer> layers) {
        /** All layers see everything. */
        public static final Window NONE = new Window(1, 10_000, Set.of());

        public Window {
            layers = Set.copyOf(layers);
            if (length < 1 || !(ropeBase > 0)) {
                throw new IllegalArgumentException("no window: " + length + " tokens, base " + ropeBase);
            }
        }
    }

    private static final int MOST_LAYERS = 512;

    public ModelShape {
        for (int size :
                new int[] {width, layers, heads, keyValueHeads, headSize, feedForward, vocabularySize, contextLength}) {
            if (size < 1) {
                throw new IllegalArgumentException("all sizes must be positive, got " + size);
            }
        }
        if (layers > MOST_LAYERS || headSize % 2 != 0 || heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(layers + " layers with " + heads + " heads of " + headSize + " and "
                    + keyValueHeads + " key-value heads do not make a model");
        }
        if (!(normEpsilon > 0 && ropeBase > 0 && ropeScale > 0)) {
            throw new IllegalArgumentException("epsilon " + normEpsilon + ", rotary base " + ropeBase + " and scale "
                    + ropeScale + " must be positive");
        }
    }

    /**
     * Return the shape of a llama model to train from nothing, with tied embeddings.
     *
     * @param heads attention heads, dividing the width into heads of even length
     */
    public static ModelShape llama(
            int width,
            int layers,
            int heads,
            int keyValueHeads,
            int feedForward,
            int vocabularySize,
            int contextLength) {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException("width " + width + " is not divisible by " + heads + " heads");
        }
        return new ModelShape(
                Architecture.LLAMA,
                width,
                layers,
                heads,
                keyValueHeads,
                width / heads,
                feedForward,
                vocabularySize,
                contextLength,
                1e-5f,
                10_000,
                1,
                Window.NONE,
                true);
    }

    /**
     * Return the shape of a model in a file.
     *
     * @throws InvalidModelException if it is no sound model, or one that cannot be trained here
     */
    public static ModelShape of(GgufHeader header) {
        return ShapeReader.read(header);
    }

    /** Return the name of the architecture, such as {@code llama}. */
    public String architecture() {
        return kind.label();
    }

    /** Return how many numbers the weights are, but for biases. */
    public long parameters() {
        return TensorNames.of(this).values().stream()
                .mapToLong(sizes -> sizes.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact))
                .sum();
    }

    /** Return what attention multiplies its scores by. */
    double attentionScale() {
        int length = kind.scalesByWidth(this) ? width / heads : headSize;
        return 1 / Math.sqrt(length);
    }

    /** Return the keys that describe a llama model of this shape. */
    Metadata metadata() {
        String prefix = kind.label() + ".";
        return Metadata.builder()
                .put("general.architecture", kind.label())
                .putUnsigned(prefix + "vocab_size", vocabularySize)
                .putUnsigned(prefix + "context_length", contextLength)
                .putUnsigned(prefix + "embedding_length", width)
                .putUnsigned(prefix + "block_count", layers)
                .putUnsigned(prefix + "feed_forward_length", feedForward)
                .putUnsigned(prefix + "attention.head_count", heads)
                .putUnsigned(prefix + "attention.head_count_kv", keyValueHeads)
                .put(prefix + "attention.layer_norm_rms_epsilon", normEpsilon)
                .putUnsigned(prefix + "rope.dimension_count", headSize)
                .put(prefix + "rope.freq_base", ropeBase)
                .build();
    }
}
