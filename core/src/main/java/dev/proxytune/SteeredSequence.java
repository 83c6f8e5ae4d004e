package dev.proxytune;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Remember what a sequence of a proxy-tuned model holds, and how much of it each role has seen. Not thread-safe. */
final class SteeredSequence {
    private @Nullable Prompt prompt;
    private Steering steering = Steering.DEFAULT;
    private int[] answer = new int[64];
    private int length;
    private final int[] seen;
    private final ReadAhead[] ahead;
    private int reader = -1;

    SteeredSequence(int roles) {
        seen = new int[roles];
        ahead = new ReadAhead[roles];
        Arrays.setAll(ahead, i -> new ReadAhead());
    }

    void start(Prompt with, Steering by) {
        prompt = with;
        steering = by;
        length = 0;
        Arrays.fill(seen, -1);
        readNothingAhead();
    }

    /** Hold nothing that can be relied on. */
    void forget() {
        prompt = null;
        length = 0;
        readNothingAhead();
    }

    private void readNothingAhead() {
        reader = -1;
        for (ReadAhead role : ahead) {
            role.clear();
        }
    }

    boolean isStarted() {
        return prompt != null;
    }

    Prompt prompt() {
        if (prompt == null) {
            throw new IllegalArgumentException("The sequence has not been started with a prompt");
        }
        return prompt;
    }

    /** Return the weight of a pair for the token that comes after an answer of {@code position} tokens. */
    float weight(int pair, int position) {
        float weight = steering.weight(pair, position);
        Checks.require(Float.isFinite(weight), "alpha must be a finite number", weight);
        return weight;
    }

    /** Return the number of answer tokens. */
    int length() {
        return length;
    }

    int answer(int index) {
        return answer[index];
    }

    void append(int token) {
        if (length == answer.length) {
            answer = Arrays.copyOf(answer, length * 2);
        }
        answer[length++] = token;
    }

    /** Cut the answer; what the roles have seen is for the caller to cut. */
    void cut(int count) {
        length = count;
        for (ReadAhead role : ahead) {
            role.cut(count);
        }
    }

    /** Return how many answer tokens a role has decoded; −1 if it does not hold the prompt either. */
    int seen(int role) {
        return seen[role];
    }

    void setSeen(int role, int count) {
        seen[role] = count;
    }

    /** Return which role reads ahead, or did last, and says what to guess; −1 if none did. */
    int reader() {
        return reader;
    }

    void setReader(int role) {
        reader = role;
    }

    /** Return whether the reader has read beyond the answer. */
    boolean isReadAhead() {
        return reader >= 0 && ahead[reader].isBeyond(length);
    }

    /** Return what a role has read beyond the answer. */
    ReadAhead ahead(int role) {
        return ahead[role];
    }

    /** Hold what another sequence holds, of which no role has seen anything yet. */
    void startAs(SteeredSequence source) {
        start(source.prompt(), source.steering);
        answer = source.answer.clone();
        length = source.length;
    }
}
