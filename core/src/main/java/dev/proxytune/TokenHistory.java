package dev.proxytune;

import java.util.Arrays;

/** Keep the target's prompt and the answer so far, for penalties. Not thread-safe. */
final class TokenHistory {
    private final int promptLength;
    private int[] tokens;
    private int size;

    TokenHistory(Prompt prompt) {
        tokens = Arrays.copyOf(prompt.tokens(), prompt.length() + 64);
        promptLength = prompt.length();
        size = promptLength;
    }

    void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, size * 2);
        }
        tokens[size++] = token;
    }

    /** Keep the first {@code count} tokens. */
    void cut(int count) {
        size = count;
    }

    int size() {
        return size;
    }

    int promptLength() {
        return promptLength;
    }

    int token(int index) {
        return tokens[index];
    }
}
