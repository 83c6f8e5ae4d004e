package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import dev.proxytune.DecoderOptions;

/**
 * Decode one token after the other with nothing around llama.cpp: no rows, no sampling, no bookkeeping.
 *
 * <p>It is the floor that benchmarks compare a generation with, and no use for anything else. One owner thread.
 */
public final class BareDecoder implements AutoCloseable {
    private final NativeModel weights;
    private final LlamaContext context;
    private final int contextLength;
    private final long cacheBytes;
    private int position;
    private boolean closed;

    /** Create a decoder that takes over one use of the weights. */
    BareDecoder(NativeModel weights, ModelOptions options, ModelInfo info, int contextLength) {
        var plan = ContextPlan.of(weights, options, info, DecoderOptions.DEFAULT.withContextLength(contextLength));
        this.weights = weights;
        this.context = LlamaContext.create(weights, null, plan, options, info.vocabularySize());
        this.contextLength = plan.contextLength();
        this.cacheBytes = plan.cells() * info.cacheBytesPerToken();
    }

    /** Return what the KV cache takes, in bytes. */
    public long cacheBytes() {
        return cacheBytes;
    }

    /** Forget all tokens. */
    public void clear() {
        context.remove(0);
        position = 0;
    }

    /**
     * Decode the next token.
     *
     * @throws CapacityException if the context is full
     */
    public void decode(int token) {
        if (position == contextLength) {
            throw new CapacityException("The context of " + contextLength + " tokens is full");
        }
        context.batch().add(token, position++, 0, true);
        context.decode();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            context.close();
            weights.release();
        }
    }
}
