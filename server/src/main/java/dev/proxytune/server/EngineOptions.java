package dev.proxytune.server;

import dev.proxytune.Speculation;
import java.time.Duration;

/**
 * Size what runs a model's answers.
 *
 * @param sequences how many answers run at once, 1 or more
 * @param contextLength tokens that each answer and its prompt have room for; 0 for as many as the model allows, but not
 *     more than {@value #USUAL_CONTEXT}
 * @param queue how many answers may wait beyond those that run, 0 or more
 * @param maxTokens the most tokens that a request may ask for, 1 or more
 * @param unloadAfter how long a model must be idle to be unloaded; zero for never
 * @param speculation how far answers are guessed ahead
 */
public record EngineOptions(
        int sequences, int contextLength, int queue, int maxTokens, Duration unloadAfter, Speculation speculation) {
    static final int USUAL_CONTEXT = 4096;

    /** Eight answers at once, 64 that wait, no guesses. */
    public static final EngineOptions DEFAULT =
            new EngineOptions(8, 0, 64, Integer.MAX_VALUE, Duration.ZERO, Speculation.OFF);

    public EngineOptions {
        require(sequences >= 1, "the number of answers at once must be 1 or more", sequences);
        require(contextLength >= 0, "the context length must be 0 or more", contextLength);
        require(queue >= 0, "the length of the queue must be 0 or more", queue);
        require(maxTokens >= 1, "the most tokens of an answer must be 1 or more", maxTokens);
        require(!unloadAfter.isNegative(), "the time until a model is unloaded must not be negative", unloadAfter);
    }

    private static void require(boolean holds, String message, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(message + ", got: " + found);
        }
    }

    public EngineOptions withSequences(int value) {
        return new EngineOptions(value, contextLength, queue, maxTokens, unloadAfter, speculation);
    }

    public EngineOptions withContextLength(int value) {
        return new EngineOptions(sequences, value, queue, maxTokens, unloadAfter, speculation);
    }

    public EngineOptions withQueue(int value) {
        return new EngineOptions(sequences, contextLength, value, maxTokens, unloadAfter, speculation);
    }

    public EngineOptions withMaxTokens(int value) {
        return new EngineOptions(sequences, contextLength, queue, value, unloadAfter, speculation);
    }

    public EngineOptions withUnloadAfter(Duration value) {
        return new EngineOptions(sequences, contextLength, queue, maxTokens, value, speculation);
    }

    public EngineOptions withSpeculation(Speculation value) {
        return new EngineOptions(sequences, contextLength, queue, maxTokens, unloadAfter, value);
    }

    /** Return how many tokens a context holds for a model that was made for {@code own}. */
    int contextFor(int own) {
        return contextLength == 0 ? Math.min(own, USUAL_CONTEXT) : contextLength;
    }
}
