package dev.proxytune.jsonl;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Write values as lines of JSON. */
public final class JsonLines {
    private static final JsonMapper MAPPER = new JsonMapper();

    private JsonLines() {}

    /**
     * Return values as one line of JSON with its line end, as rows are written.
     *
     * @param values texts, numbers, booleans, lists and maps of these, in the order of the line; null where there is
     *     nothing to say
     */
    public static String line(Map<String, ? extends @Nullable Object> values) {
        return wellFormed(MAPPER.writeValueAsString(values)) + "\n";
    }

    /** Escape halves of surrogate pairs, which JSON may hold but no UTF-8. They stand in strings only. */
    public static String wellFormed(String json) {
        StringBuilder escaped = null;
        for (int i = 0; i < json.length(); i++) {
            int character = json.codePointAt(i);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                if (escaped == null) {
                    escaped = new StringBuilder(json.substring(0, i));
                }
                escaped.append(String.format("\\u%04x", character));
                continue;
            }
            if (escaped != null) {
                escaped.appendCodePoint(character);
            }
            i += Character.charCount(character) - 1;
        }
        return escaped == null ? json : escaped.toString();
    }
}
