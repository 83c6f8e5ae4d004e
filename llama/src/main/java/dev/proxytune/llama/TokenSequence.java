package dev.proxytune.llama;

import dev.proxytune.Prompt;
import java.util.Arrays;

/** Remember the tokens of one sequence, and how many of them the KV cache holds. */
final class TokenSequence {
    private int[] tokens = new int[64];
    private int promptLength;
    private int length;
    private int cached;

    /** Hold nothing, in the cache neither. */
    void clear() {
        promptLength = 0;
        length = 0;
        cached = 0;
    }

    boolean isStarted() {
        return promptLength > 0;
    }

    /** Return the number of tokens, prompt and answer together. */
    int length() {
        return length;
    }

    int answerLength() {
        return length - promptLength;
    }

    /** Return how many tokens from the first one on are in the cache. */
    int cached() {
        return cached;
    }

    void setCached(int count) {
        cached = count;
    }

    int token(int position) {
        return tokens[position];
    }

    /** Return how many tokens the cache holds that the prompt begins with too. */
    int commonWith(Prompt prompt) {
        int most = Math.min(cached, prompt.length());
        int common = 0;
        while (common < most && tokens[common] == prompt.token(common)) {
            common++;
        }
        return common;
    }

    /** Hold a prompt and no answer; what the cache holds is for the caller to settle. */
    void start(Prompt prompt) {
        promptLength = prompt.length();
        length = promptLength;
        reserve(length);
        for (int i = 0; i < length; i++) {
            tokens[i] = prompt.token(i);
        }
    }

    void append(int token) {
        reserve(length + 1);
        tokens[length++] = token;
    }

    /** Cut the answer. */
    void rewind(int answerLength) {
        length = promptLength + answerLength;
    }

    void copyFrom(TokenSequence other) {
        reserve(other.length);
        System.arraycopy(other.tokens, 0, tokens, 0, other.length);
        promptLength = other.promptLength;
        length = other.length;
        cached = other.cached;
    }

    private void reserve(int count) {
        if (count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(count, tokens.length * 2));
        }
    }
}
