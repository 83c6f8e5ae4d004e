package dev.proxytune.eval;

import java.util.Optional;

/**
 * Hold what the roles read of one question (paper, section 3 and its code).
 *
 * @param plain what base and anti-expert read, and any model without a chat template
 * @param system what the chat template of an expert gets as the system's message
 * @param user what it gets as the user's message
 * @param responsePrefix what stands after the rendered template and a space, outside of it, such as {@code Answer:};
 *     empty for nothing
 * @param userAlone the user's message for a chat model that answers by itself; differs from {@code user} in ToxiGen only
 */
public record TaskPrompt(String plain, Optional<String> system, String user, String responsePrefix, String userAlone) {

    static TaskPrompt of(String plain, String user, String responsePrefix) {
        return new TaskPrompt(plain, Optional.empty(), user, responsePrefix, user);
    }

    TaskPrompt withSystem(Optional<String> value) {
        return new TaskPrompt(plain, value, user, responsePrefix, userAlone);
    }
}
