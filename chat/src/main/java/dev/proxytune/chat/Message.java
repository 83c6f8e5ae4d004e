package dev.proxytune.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hold what someone said in a conversation.
 *
 * @param role who: {@code system}, {@code user}, {@code assistant}, {@code tool} or whatever a template knows
 * @param content what
 * @param more further fields that templates may read, such as {@code tool_calls}, of maps, lists, strings, numbers,
 *     booleans and nulls
 */
public record Message(String role, String content, Map<String, ? extends @Nullable Object> more) {

    public Message {
        if (role.isEmpty()) {
            throw new IllegalArgumentException("a message must have a role");
        }
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }

    public static Message system(String content) {
        return new Message("system", content, Map.of());
    }

    public static Message user(String content) {
        return new Message("user", content, Map.of());
    }

    public static Message assistant(String content) {
        return new Message("assistant", content, Map.of());
    }

    /** Return the message as templates see it. */
    Map<String, @Nullable Object> fields() {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        fields.putAll(more);
        return fields;
    }
}
