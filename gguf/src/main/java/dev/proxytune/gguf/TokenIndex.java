package dev.proxytune.gguf;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Finds tokens by text, as C code sees it: bytes up to the first zero.
 *
 * <p>An open hash table over the stored bytes, since a map of strings would cost more than the whole rest of opening a
 * model.
 */
final class TokenIndex {
    private final TextArray tokens;
    private final int[] slots;

    private TokenIndex(TextArray tokens) {
        this.tokens = tokens;
        this.slots = new int[Integer.highestOneBit(Math.max(8, tokens.size())) * 4];
    }

    /** Index the tokens and refuse two of equal text: llama.cpp asserts that there are none. */
    static TokenIndex of(ModelFacts facts, TextArray tokens) {
        var index = new TokenIndex(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            int other = index.add(i);
            if (other >= 0) {
                throw equal(facts, tokens, other, i);
            }
        }
        for (int i = 0; i < tokens.size(); i++) {
            // llama.cpp makes up a text for an empty token, which must not be taken either.
            int other = tokens.terminatedLengthAt(i) == 0 ? index.find("[EMPTY_" + i + "]") : -1;
            if (other >= 0) {
                throw equal(facts, tokens, other, i);
            }
        }
        return index;
    }

    private static RuntimeException equal(ModelFacts facts, TextArray tokens, int one, int other) {
        return facts.bad(
                "tokens " + one + " and " + other + " are both " + Refusal.quote(tokens.get(one)),
                "distinct texts, also up to their first zero byte");
    }

    /** Add a token and return -1, or return the one that has its text. */
    private int add(int token) {
        int length = tokens.terminatedLengthAt(token);
        if (length == 0) {
            return -1;
        }
        int slot = slot(tokens.hashAt(token, length));
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (tokens.terminatedLengthAt(other) == length && tokens.equalAt(token, other, length)) {
                return other;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        slots[slot] = token + 1;
        return -1;
    }

    /** Return the token of this text, or -1. */
    int find(String text) {
        return find(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Return the token of these bytes, or -1. */
    int find(byte[] text) {
        int hash = 1;
        for (byte b : text) {
            hash = 31 * hash + b;
        }
        for (int slot = slot(hash); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
            int other = slots[slot] - 1;
            if (tokens.startsWith(other, text) && tokens.terminatedLengthAt(other) == text.length) {
                return other;
            }
        }
        return -1;
    }

    private int slot(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ (mixed >>> 15)) & (slots.length - 1);
    }

    /**
     * Return the bytes that have a token of their own such as {@code <0x0A>}.
     *
     * @param plain also count tokens that are the byte itself
     */
    BitSet byteTokens(boolean plain) {
        var found = new BitSet(256);
        for (int i = 0; i < 256; i++) {
            boolean itself = plain && i > 0 && find(new byte[] {(byte) i}) >= 0;
            found.set(i, itself || find(byteName(i)) >= 0);
        }
        return found;
    }

    private static byte[] byteName(int value) {
        String digits = "0123456789ABCDEF";
        return new byte[] {'<', '0', 'x', (byte) digits.charAt(value >> 4), (byte) digits.charAt(value & 15), '>'};
    }

    /** Return the bytes that have a token of their own in an RWKV vocabulary, whose texts are escaped. */
    BitSet escapedByteTokens() {
        var found = new BitSet(256);
        for (int i = 0; i < 256; i++) {
            boolean plain = i > 0 && i != '\\' && find(new byte[] {(byte) i}) >= 0;
            found.set(i, plain || find(String.format("\\x%02x", i)) >= 0);
        }
        found.set('\t', found.get('\t') || find("\\t") >= 0);
        found.set('\n', found.get('\n') || find("\\n") >= 0);
        found.set('\r', found.get('\r') || find("\\r") >= 0);
        for (char c : new char[] {'\\', '\'', '"'}) {
            found.set(c, found.get(c) || find("\\" + c) >= 0);
        }
        return found;
    }
}
