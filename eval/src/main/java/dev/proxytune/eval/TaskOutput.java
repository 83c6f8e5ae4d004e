package dev.proxytune.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hold one generated answer.
 *
 * @param text the answer as it was generated, without prompt and response prefix
 * @param sample its number among the answers to the question, from 0
 * @param more further fields for its row, such as {@code finish_reason}
 */
public record TaskOutput(String text, int sample, Map<String, @Nullable Object> more) {

    public TaskOutput {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }
}
