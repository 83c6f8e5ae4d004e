package dev.proxytune.tune;

/**
 * The sizes of a llama model to train from nothing, but for its vocabulary.
 *
 * @param width length of the residual stream
 * @param layers number of blocks
 * @param heads attention heads, dividing the width into heads of even length
 * @param feedForward hidden units of the feed-forward part
 * @param contextLength longest sequence in tokens
 */
public record Blueprint(int width, int layers, int heads, int feedForward, int contextLength) {
    public Blueprint {
        shape(width, layers, heads, feedForward, 1, contextLength);
    }

    /** Return the shape with this many tokens; as many heads hold keys and values as ask. */
    public ModelShape shape(int vocabularySize) {
        return shape(width, layers, heads, feedForward, vocabularySize, contextLength);
    }

    private static ModelShape shape(int width, int layers, int heads, int feedForward, int vocabulary, int context) {
        return ModelShape.llama(width, layers, heads, heads, feedForward, vocabulary, context);
    }

    /** Return the sizes as in {@code 256x8x4x704 with a context of 256}. */
    @Override
    public String toString() {
        return width + "x" + layers + "x" + heads + "x" + feedForward + " with a context of " + contextLength;
    }
}
