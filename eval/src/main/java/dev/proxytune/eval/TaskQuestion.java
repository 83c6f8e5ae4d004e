package dev.proxytune.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hold one question of a task.
 *
 * @param index its place in the data file, from 0: the same whatever part of the file is asked
 * @param id what the data file calls it, else its index
 * @param prompt what the roles read
 * @param fields what a row of predictions repeats of the question, under the names of the published files
 */
public record TaskQuestion(int index, String id, TaskPrompt prompt, Map<String, @Nullable Object> fields) {

    public TaskQuestion {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
