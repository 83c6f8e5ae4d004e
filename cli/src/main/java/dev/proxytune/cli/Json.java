package dev.proxytune.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Write JSON. The only class that loads Jackson, so that commands without {@code --json} start faster. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Return an object as one line, in the order of the map. */
    static String line(Map<String, ? extends @Nullable Object> object) {
        return MAPPER.writeValueAsString(object) + "\n";
    }

    /**
     * Return an object that a program of ours wrote.
     *
     * @throws tools.jackson.core.JacksonException if the text is none
     */
    static Map<String, Object> object(String text) {
        return MAPPER.readValue(text, new TypeReference<Map<String, Object>>() {});
    }

    /** Return a number as JSON can hold it: null where it is not finite. */
    static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
