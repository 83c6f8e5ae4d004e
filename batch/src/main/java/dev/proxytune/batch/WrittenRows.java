package dev.proxytune.batch;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.RowWriter;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Find out where a run that was broken off ended. */
public final class WrittenRows {
    private WrittenRows() {}

    /**
     * Read as many rows as have answers.
     *
     * @param rows the rows from the first one on, then from the first without an answer
     * @return how many have one
     * @throws ProxyTuneException if the answers are those to other rows
     */
    public static long skip(Iterator<BatchRow> rows, RowWriter writer) {
        var count = new long[1];
        writer.forEachPresent(answer -> {
            count[0]++;
            Optional<String> expected = rows.hasNext() ? rows.next().name() : Optional.of("no row");
            Optional<String> found = name(answer);
            if (!found.equals(expected)) {
                throw new ProxyTuneException("Answer " + count[0] + " of the file to go on with is to "
                        + found.orElse("a row without id") + ", and " + expected.orElse("a row without id")
                        + " stands there in these rows; write to another file");
            }
        });
        return count[0];
    }

    private static Optional<String> name(Map<String, Object> answer) {
        @Nullable Object id = answer.containsKey("custom_id") ? answer.get("custom_id") : answer.get("id");
        return Optional.ofNullable(id).map(Object::toString);
    }
}
