package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.GenerationEvent;
import java.util.function.Consumer;

/**
 * Ends an answer with its first line that is not empty.
 *
 * <p>Models that were never told to answer go on asking after it. Empty lines before it are left out.
 */
final class FirstLine implements Consumer<GenerationEvent> {
    private final Consumer<GenerationEvent> next;
    private final Cancellation cancellation;
    private final StringBuilder blank = new StringBuilder();
    private boolean begun;
    private boolean ended;

    /**
     * Pass on the first line of what comes.
     *
     * @param cancellation cancelled at the line's end
     */
    FirstLine(Consumer<GenerationEvent> next, Cancellation cancellation) {
        this.next = next;
        this.cancellation = cancellation;
    }

    /** Return whether the line came to its end. */
    boolean isEnded() {
        return ended;
    }

    @Override
    public void accept(GenerationEvent event) {
        String text = cut(event.text());
        next.accept(
                switch (event) {
                    case GenerationEvent.Token(var token, var _) -> new GenerationEvent.Token(token, text);
                    case GenerationEvent.Finished(var reason, var _) -> new GenerationEvent.Finished(reason, text);
                    case GenerationEvent.Prompt prompt -> prompt;
                });
    }

    private String cut(String text) {
        if (ended) {
            return "";
        }
        String rest = text;
        if (!begun) {
            blank.append(text);
            if (blank.toString().isBlank()) {
                return "";
            }
            begun = true;
            String all = blank.toString();
            int first = all.length() - all.stripLeading().length();
            rest = all.substring(all.lastIndexOf('\n', first) + 1);
        }
        int end = rest.indexOf('\n');
        if (end < 0) {
            return rest;
        }
        ended = true;
        cancellation.cancel();
        return rest.substring(0, end);
    }
}
