package dev.proxytune.jsonl;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Say what is wrong with JSON, in the words of its users rather than those of the library that reads it. */
public final class JsonFaults {
    private static final Pattern PLACE =
            Pattern.compile("\\[Source: .*?; (line: \\d+), (column: \\d+)\\]|\\[Source: [^\\]]*\\]");

    /** What tells how to set the library up, with the punctuation before it. */
    private static final Pattern INNER =
            Pattern.compile(",? from `Stream\\w+Constraints[^`]*`|: enable `[^`]*` to allow"
                    + "|: not allowed as per `[^`]*`| \\(bound as `[^`]*`\\)"
                    + "| \\(not recognized as one since Feature '\\w+' not enabled for parser\\)");

    private JsonFaults() {}

    /**
     * Return one line that says what is wrong.
     *
     * @param message what the library says
     */
    public static String reason(@Nullable String message) {
        if (message == null) {
            return "it cannot be read";
        }
        String line = message.lines().findFirst().orElse("");
        if (line.startsWith("No content to map")) {
            return "it is empty";
        }
        if (line.startsWith("Trailing token")) {
            return "there is more behind its end";
        }
        String placed = PLACE.matcher(line)
                .replaceAll(match -> match.group(1) == null
                        ? ""
                        : match.group(1).replace(":", "") + ", "
                                + match.group(2).replace(":", ""));
        return INNER.matcher(placed).replaceAll("").strip();
    }
}
