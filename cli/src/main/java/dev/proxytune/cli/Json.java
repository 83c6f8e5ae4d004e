package dev.proxytune.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Write JSON. The only class that loads Jackson, so that commands without {@code --json} start faster. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Return an object as one line, in the order of the map. */
    static String line(Map<String, ? extends @Nullable Object> object) {
        return MAPPER.writeValueAsString(object) + "\n";
    }

    /** Return a number as JSON can hold it: null where it is not finite. */
    static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
