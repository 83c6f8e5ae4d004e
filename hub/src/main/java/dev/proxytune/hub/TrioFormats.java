package dev.proxytune.hub;

import java.util.Optional;

/**
 * Say how the models of a trio read prompts, unless users say otherwise: {@code plain}, {@code chat} (by the model's own
 * template), {@code auto} (by its template if it has one) or {@code chat-file=FILE}.
 *
 * @param target how the target does, if the catalogue says
 * @param expert how the expert does
 * @param antiExpert how the anti-expert does
 */
public record TrioFormats(Optional<String> target, Optional<String> expert, Optional<String> antiExpert) {
    static final TrioFormats NONE = new TrioFormats(Optional.empty(), Optional.empty(), Optional.empty());

    static final String FILE = "chat-file=";

    public TrioFormats {
        check(target);
        check(expert);
        check(antiExpert);
    }

    private static void check(Optional<String> format) {
        format.ifPresent(text -> {
            boolean known = switch (text) {
                case "plain", "chat", "auto" -> true;
                default -> text.startsWith(FILE) && text.length() > FILE.length() && text.indexOf('\0') < 0;
            };
            if (!known) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no format; the formats are plain, chat, auto and chat-file=FILE");
            }
        });
    }

    /** Return whether nothing is said. */
    public boolean isEmpty() {
        return equals(NONE);
    }
}
