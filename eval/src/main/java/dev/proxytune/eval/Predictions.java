package dev.proxytune.eval;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Find what rows predict. */
final class Predictions {
    private Predictions() {}

    /**
     * Return the stored prediction of a row, else, or if options say so, what is extracted from its raw output; nothing
     * if these fields are there and say nothing.
     *
     * @param output the names that the raw output may have
     * @throws dev.proxytune.ProxyTuneException if the row has none of these fields
     */
    static Optional<String> of(Row row, ScoreOptions options, UnaryOperator<String> extract, String... output) {
        Optional<String> extracted = row.text(output).map(extract);
        if (options.fromOutput()) {
            if (!row.has(output)) {
                throw row.missing(output);
            }
            return extracted;
        }
        if (!row.has("prediction") && !row.has(output)) {
            throw row.missing("prediction", output[0]);
        }
        return row.text("prediction").or(() -> extracted);
    }

    /** Say how many rows have no answer. */
    static List<String> notes(int empty) {
        return empty == 0 ? List.of() : List.of(rows(empty) + " without any prediction, counted as wrong");
    }

    static String rows(int count) {
        return count == 1 ? "1 row" : count + " rows";
    }
}
