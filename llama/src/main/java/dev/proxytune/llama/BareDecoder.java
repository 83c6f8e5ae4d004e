package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import dev.proxytune.DecoderOptions;
import java.util.Arrays;

/**
 * Decode tokens with nothing around llama.cpp: no rows, no sampling, no bookkeeping.
 *
 * <p>It is the floor that benchmarks compare a generation with, and no use for anything else. One owner thread.
 */
public final class BareDecoder implements AutoCloseable {
    private final NativeModel weights;
    private final LlamaContext context;
    private final int contextLength;
    private final long cacheBytes;
    private final int[] positions;
    private boolean closed;

    /** Create a decoder that takes over one use of the weights. */
    BareDecoder(NativeModel weights, ModelOptions options, ModelInfo info, DecoderOptions wanted) {
        var plan = ContextPlan.of(weights, options, info, wanted);
        this.weights = weights;
        this.context = LlamaContext.create(weights, null, plan, options, info.vocabularySize());
        this.contextLength = plan.contextLength();
        this.positions = new int[plan.sequences()];
        this.cacheBytes = plan.cells() * info.cacheBytesPerToken();
    }

    /** Return what the KV cache takes, in bytes. */
    public long cacheBytes() {
        return cacheBytes;
    }

    /** Forget all tokens. */
    public void clear() {
        for (int sequence = 0; sequence < positions.length; sequence++) {
            context.remove(sequence);
        }
        Arrays.fill(positions, 0);
    }

    /**
     * Decode the next token of the first sequence.
     *
     * @throws CapacityException if the context is full
     */
    public void decode(int token) {
        add(0, token, true);
        decode();
    }

    /**
     * Add the next token of a sequence to what {@link #decode()} computes; what is there is decoded first if there is no
     * room for more in one call.
     *
     * @param isWanted whether logits are computed for it
     * @throws CapacityException if the sequence is full
     */
    public void add(int sequence, int token, boolean isWanted) {
        if (positions[sequence] == contextLength) {
            throw new CapacityException("The context of " + contextLength + " tokens is full");
        }
        NativeBatch batch = context.batch();
        if (batch.size() == batch.capacity()) {
            context.decode();
        }
        batch.add(token, positions[sequence]++, sequence, isWanted);
    }

    /** Decode what was added. */
    public void decode() {
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
