package dev.proxytune.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hold a conversation that a model shall continue with the assistant's next words.
 *
 * @param messages what was said so far
 * @param variables what else templates may read, such as {@code tools} or {@code enable_thinking}
 * @param responsePrefix the words that the answer begins with, which are not part of it; a template's text gets them
 *     behind, after a space if it does not end with white space (paper, section 3: {@code Answer:})
 * @param plainText what models without a template read instead of the messages, to the last character
 */
public record Conversation(
        List<Message> messages,
        Map<String, ? extends @Nullable Object> variables,
        String responsePrefix,
        Optional<String> plainText) {

    public Conversation {
        messages = List.copyOf(messages);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    public static Conversation of(List<Message> messages) {
        return new Conversation(messages, Map.of(), "", Optional.empty());
    }

    public static Conversation of(Message... messages) {
        return of(List.of(messages));
    }

    public Conversation withVariables(Map<String, ? extends @Nullable Object> value) {
        return new Conversation(messages, value, responsePrefix, plainText);
    }

    public Conversation withResponsePrefix(String value) {
        return new Conversation(messages, variables, value, plainText);
    }

    public Conversation withPlainText(String value) {
        return new Conversation(messages, variables, responsePrefix, Optional.of(value));
    }

    /** Return this conversation with one more message. */
    public Conversation plus(Message message) {
        List<Message> longer = new ArrayList<>(messages);
        longer.add(message);
        return new Conversation(longer, variables, responsePrefix, plainText);
    }

    /** Return what models without a template read: the plain text, or what was said, each message with a line end. */
    String plain() {
        return plainText.orElseGet(
                () -> messages.stream().map(message -> message.content() + "\n").collect(Collectors.joining())
                        + responsePrefix);
    }
}
