package dev.proxytune.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Know what each token of a vocabulary is to a grammar.
 *
 * <p>llama.cpp's grammar sampler takes some tokens for what they are not: it reads control tokens as their names, which
 * no answer shows, and it ends the process after some that are not UTF-8.
 */
final class Pieces {
    /** Bits of {@code llama_token_attr}. */
    private static final int UNKNOWN_OR_CONTROL = 1 | 1 << 3;

    /** The sampler calls itself for each character of a token. */
    private static final int LONGEST = 1024;

    private final BitSet ends = new BitSet();
    private final BitSet whole = new BitSet();
    private final Map<Integer, byte[]> parts = new HashMap<>();

    private Pieces() {}

    static Pieces of(MemorySegment vocabulary, int size) {
        var pieces = new Pieces();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(LONGEST);
            for (int id = 0; id < size; id++) {
                int length = VocabularyApi.piece(vocabulary, id, bytes, true);
                if (VocabularyApi.isEnd(vocabulary, id)) {
                    pieces.ends.set(id);
                } else if (length > 0 && (VocabularyApi.attributes(vocabulary, id) & UNKNOWN_OR_CONTROL) == 0) {
                    pieces.add(id, bytes.asSlice(0, length).toArray(Native.BYTE));
                }
            }
        }
        return pieces;
    }

    private void add(int id, byte[] piece) {
        for (byte one : piece) {
            if (one == 0) {
                return;
            }
        }
        if (Utf8Check.advance(Utf8Check.BOUNDARY, piece) == Utf8Check.BOUNDARY) {
            whole.set(id);
        } else {
            parts.put(id, piece);
        }
    }

    /** Return whether a token ends an answer. */
    boolean isEnd(int id) {
        return ends.get(id);
    }

    /** Return where in a character an answer is after a token of text: a state of {@link Utf8Check}. */
    int advance(int state, int id) {
        if (whole.get(id)) {
            return state == Utf8Check.BOUNDARY ? state : Utf8Check.WRONG;
        }
        byte[] part = parts.get(id);
        return part == null ? Utf8Check.WRONG : Utf8Check.advance(state, part);
    }
}
