package dev.proxytune;

import java.time.Duration;
import java.util.List;

/**
 * Hold a finished answer.
 *
 * @param text the answer, without the stop string that ended it
 * @param tokens the tokens drawn, without the end-of-generation token; those of a stop string are among them
 * @param finishReason why the answer ended
 * @param promptTokens the length of the target's prompt
 * @param promptTime how long the prompt took, up to the first row of logits
 * @param decodeTime how long the answer took from there on
 */
public record Completion(
        String text,
        List<GeneratedToken> tokens,
        FinishReason finishReason,
        int promptTokens,
        Duration promptTime,
        Duration decodeTime) {

    public Completion {
        tokens = List.copyOf(tokens);
    }
}
