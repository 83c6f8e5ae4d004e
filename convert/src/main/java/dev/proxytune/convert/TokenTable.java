package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.NumberArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The tokens of a model in the making: a text, a kind and a score for each row of the embedding. */
final class TokenTable {
    private static final float UNUSED_SCORE = -10000;
    static final float ADDED_SCORE = -1000;

    private final String source;
    private final List<String> texts;
    private final TokenKind[] kinds;
    private final float[] scores;

    /**
     * Create a table of unused tokens.
     *
     * @param source where the tokens come from, for messages
     * @param size rows of the embedding
     */
    TokenTable(String source, int size) {
        this.source = source;
        this.texts = new ArrayList<>(Collections.nCopies(size, ""));
        for (int i = 0; i < size; i++) {
            texts.set(i, "[PAD" + i + "]");
        }
        this.kinds = new TokenKind[size];
        Arrays.fill(kinds, TokenKind.UNUSED);
        this.scores = new float[size];
        Arrays.fill(scores, UNUSED_SCORE);
    }

    int size() {
        return kinds.length;
    }

    /** Return whether nothing has been set at a row. */
    boolean isFree(int token) {
        return kinds[token] == TokenKind.UNUSED;
    }

    /** Set a token of the trained vocabulary; one beyond the embedding is refused. */
    void set(long token, String text, TokenKind kind, float score) {
        if (token < 0 || token >= kinds.length) {
            throw Fault.of(
                    source,
                    "token " + token + " (" + Fault.quote(text) + ") has no row in the embedding of " + kinds.length,
                    "take the tokenizer and the weights of one and the same model");
        }
        texts.set((int) token, text);
        kinds[(int) token] = kind;
        scores[(int) token] = score;
    }

    /** Set a token of the trained vocabulary whose row must not be taken yet. */
    void setFree(long token, String text, TokenKind kind, float score) {
        if (token >= 0 && token < kinds.length && !isFree((int) token)) {
            throw Fault.of(
                    source,
                    "token " + token + " is both " + Fault.quote(texts.get((int) token)) + " and " + Fault.quote(text),
                    "the tokenizer is broken, so take another one");
        }
        set(token, text, kind, score);
    }

    /** Set an added token. */
    void add(AddedToken token) {
        set(token.id(), token.plainText(), token.kind(), ADDED_SCORE);
    }

    /** Return the token of a text. */
    OptionalInt find(String text) {
        int token = texts.indexOf(text);
        return token < 0 ? OptionalInt.empty() : OptionalInt.of(token);
    }

    /** Refuse texts that stand for two tokens: llama.cpp would end the process. */
    void requireDistinct() {
        Map<String, Integer> seen = HashMap.newHashMap(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            Integer other = seen.put(texts.get(i), i);
            if (other != null) {
                throw Fault.of(
                        source,
                        "tokens " + other + " and " + i + " are both " + Fault.quote(texts.get(i)),
                        "the tokenizer is broken, so take another one");
            }
        }
    }

    /** Put the tokens. */
    void describe(Metadata.Builder metadata, boolean withScores) {
        metadata.putStrings("tokenizer.ggml.tokens", texts);
        if (withScores) {
            metadata.put("tokenizer.ggml.scores", NumberArray.of(scores));
        }
        metadata.put(
                "tokenizer.ggml.token_type",
                NumberArray.of(Arrays.stream(kinds).mapToInt(TokenKind::id).toArray()));
    }
}
