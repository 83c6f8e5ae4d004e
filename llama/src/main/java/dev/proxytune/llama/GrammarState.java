package dev.proxytune.llama;

import dev.proxytune.TokenConstraint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Hold how far an answer has come in a grammar. Not thread-safe, but any thread may close it between calls. */
final class GrammarState implements TokenConstraint.State {
    /** How many tokens go into one call, so that the memory does not grow with the vocabulary. */
    private static final int TOKENS_A_CALL = 4096;

    private final NativeModel model;
    private final Pieces pieces;
    private final MemorySegment sampler;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment array;
    private MemorySegment tokens;
    private int inCharacter = Utf8Check.BOUNDARY;
    private boolean closed;

    /**
     * Create the state of an answer that has not begun.
     *
     * @param model what the creator has become a user of, which this stops being when it is closed
     * @param sampler what this frees when it is closed
     */
    GrammarState(NativeModel model, Pieces pieces, MemorySegment sampler) {
        this.model = model;
        this.pieces = pieces;
        this.sampler = sampler;
        this.array = arena.allocate(Structs.TokenDataArray.SIZE, Long.BYTES);
        this.tokens = arena.allocate(Structs.TokenData.SIZE, Integer.BYTES);
    }

    @Override
    public boolean allows(int token) {
        checkOpen();
        if (!isPossible(token)) {
            return false;
        }
        set(0, token);
        apply(1);
        return isAllowed(0);
    }

    /** Return whether a token can be at all, whatever the grammar says. */
    private boolean isPossible(int token) {
        if (pieces.isEnd(token)) {
            return inCharacter == Utf8Check.BOUNDARY;
        }
        return pieces.advance(inCharacter, token) != Utf8Check.WRONG;
    }

    @Override
    public void apply(float[] logits) {
        checkOpen();
        if (tokens.byteSize() < TOKENS_A_CALL * Structs.TokenData.SIZE) {
            tokens = arena.allocate(TOKENS_A_CALL * Structs.TokenData.SIZE, Integer.BYTES);
        }
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] == Float.NEGATIVE_INFINITY) {
                continue;
            }
            if (isPossible(id)) {
                set(count++, id);
            } else {
                logits[id] = Float.NEGATIVE_INFINITY;
            }
            if (count == TOKENS_A_CALL) {
                apply(count, logits);
                count = 0;
            }
        }
        if (count > 0) {
            apply(count, logits);
        }
    }

    private void apply(int count, float[] logits) {
        apply(count);
        for (int i = 0; i < count; i++) {
            if (!isAllowed(i)) {
                logits[tokens.get(Native.INT, i * Structs.TokenData.SIZE + Structs.TokenData.ID)] =
                        Float.NEGATIVE_INFINITY;
            }
        }
    }

    private void set(int index, int token) {
        tokens.set(Native.INT, index * Structs.TokenData.SIZE + Structs.TokenData.ID, token);
        tokens.set(Native.FLOAT, index * Structs.TokenData.SIZE + Structs.TokenData.LOGIT, 0);
    }

    private boolean isAllowed(int index) {
        return tokens.get(Native.FLOAT, index * Structs.TokenData.SIZE + Structs.TokenData.LOGIT) == 0;
    }

    private void apply(int count) {
        array.set(Native.POINTER, Structs.TokenDataArray.DATA, tokens);
        array.set(Native.LONG, Structs.TokenDataArray.COUNT, count);
        array.set(Native.LONG, Structs.TokenDataArray.SELECTED, -1);
        array.set(Native.BOOL, Structs.TokenDataArray.SORTED, false);
        SamplerApi.apply(sampler, array);
    }

    @Override
    public void accept(int token) {
        if (!allows(token)) {
            throw new IllegalArgumentException("The grammar does not allow token " + token + " here");
        }
        if (!pieces.isEnd(token)) {
            SamplerApi.accept(sampler, token);
            inCharacter = pieces.advance(inCharacter, token);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The answer has ended");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            SamplerApi.free(sampler);
            arena.close();
            model.release();
        }
    }
}
