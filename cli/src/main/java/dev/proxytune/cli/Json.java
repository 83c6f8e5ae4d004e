package dev.proxytune.cli;

import dev.proxytune.ConstraintException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Write JSON. The only class that loads Jackson, so that commands without {@code --json} start faster. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final JsonMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

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

    /**
     * Return what a person wrote: maps, lists, texts, numbers, booleans or null.
     *
     * @throws ConstraintException if the text is no JSON
     */
    static Object value(String text) {
        try {
            Object value = EXACT.readValue(text, Object.class);
            if (value != null) {
                return value;
            }
        } catch (JacksonException e) {
            throw new ConstraintException("The JSON schema is not JSON: " + e.getOriginalMessage() + " (line "
                    + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ")");
        }
        throw new ConstraintException("The JSON schema is null: an object is expected");
    }

    /** Return a number as JSON can hold it: null where it is not finite. */
    static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
