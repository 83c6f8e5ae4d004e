package dev.proxytune;

import java.util.List;

/** Tell a listener what a generation does, in order. */
public sealed interface GenerationEvent {

    /**
     * Return the text that has become certain with this event. All texts in a row are the answer: never half a
     * character, and nothing of a stop string.
     */
    String text();

    /**
     * Report what the model says about the prompt; the first event, where it was asked for.
     *
     * @param tokens the tokens of the target's prompt, of which the first has no probability
     */
    record Prompt(List<GeneratedToken> tokens) implements GenerationEvent {

        public Prompt {
            tokens = List.copyOf(tokens);
        }

        @Override
        public String text() {
            return "";
        }
    }

    /**
     * Report the next token.
     *
     * @param token the token
     * @param text the certain text, which may lag behind the tokens
     */
    record Token(GeneratedToken token, String text) implements GenerationEvent {}

    /**
     * Report the end; always the last event.
     *
     * @param reason why the answer ended
     * @param text the rest of the text that was held back
     */
    record Finished(FinishReason reason, String text) implements GenerationEvent {}
}
