package dev.proxytune.cli;

import dev.proxytune.ConstraintException;
import dev.proxytune.jsonl.JsonFaults;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Write JSON. The only class that loads Jackson, so that commands without {@code --json} start faster. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** As Python's reader has them. */
    private static final int MAX_DIGITS = 4300;

    private static final JsonMapper WIDE = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(MAX_DIGITS)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

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
     * Return an object that somebody wrote, as Python would read it: keys in their order, numbers of any size.
     *
     * @param name what to call the text in messages
     * @throws InputException if the text is none
     */
    static Map<String, Object> conversation(String text, String name) {
        String json = text.startsWith("\uFEFF") ? text.substring(1) : text;
        if (json.isBlank()) {
            throw new InputException(name + " is empty: expected a JSON object with 'messages'");
        }
        try {
            JsonNode node = WIDE.readTree(json);
            if (!node.isObject()) {
                throw new InputException(name + ": expected a JSON object with 'messages', found "
                        + node.getNodeType().name().toLowerCase(Locale.ROOT));
            }
            return WIDE.convertValue(node, new TypeReference<Map<String, Object>>() {});
        } catch (JacksonException e) {
            throw new InputException(name + " is not JSON: " + fault(e), e);
        }
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
            throw new ConstraintException("The JSON schema is not JSON: " + fault(e));
        }
        throw new ConstraintException("The JSON schema is null: an object is expected");
    }

    private static String fault(JacksonException e) {
        String reason = JsonFaults.reason(e.getOriginalMessage());
        TokenStreamLocation location = e.getLocation();
        return location == null
                ? reason
                : reason + " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    /** Return a number as JSON can hold it: null where it is not finite. */
    static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
