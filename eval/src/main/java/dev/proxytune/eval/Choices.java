package dev.proxytune.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Score answers that are letters, some of which are none: invalid ones count in {@code acc_all} only, as wrong. */
final class Choices {
    static final String LETTERS = "ABCD";

    /** What the published evaluation removes before it looks for the letter, in this order. */
    private static final List<String> DRESS =
            List.of("(", "\\begin{blockquote}", "\\begin{code}", "<blockquote>", " **", ">", "```\n");

    private Choices() {}

    /** Return the letter that an output begins with once it is undressed, or an empty text. */
    static String letter(String output) {
        String bare = output;
        for (String dress : DRESS) {
            bare = bare.replace(dress, "");
        }
        bare = Texts.strip(bare);
        return !bare.isEmpty() && LETTERS.indexOf(bare.charAt(0)) >= 0 ? bare.substring(0, 1) : "";
    }

    /** Write options under their letters, below the question. */
    static String prompt(String question, List<String> options) {
        var text = new StringBuilder(question);
        for (int i = 0; i < options.size(); i++) {
            text.append('\n').append(LETTERS.charAt(i)).append(". ").append(options.get(i));
        }
        return text.toString();
    }

    /**
     * Score rows.
     *
     * @param correct whether a row is right; nothing for an invalid answer
     */
    static TaskScore score(Task task, List<Row> rows, Function<Row, Optional<Boolean>> correct, ScoreOptions options) {
        var values = new double[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    correct.apply(rows.get(i)).map(right -> right ? 1.0 : 0.0).orElse(Double.NaN);
        }
        double[] valid =
                Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
        double[] all = Arrays.stream(values)
                .map(value -> Double.isNaN(value) ? 0 : value)
                .toArray();
        Map<String, Integer> counts = new LinkedHashMap<>();
        int invalid = values.length - valid.length;
        counts.put("invalid", invalid);
        counts.put("n", values.length);
        List<String> notes = new ArrayList<>();
        if (invalid > 0) {
            notes.add(Predictions.rows(invalid) + " with no letter for an answer: not in acc, wrong in acc_all");
        }
        return TaskScore.of(
                task,
                List.of(Measure.of("acc", valid, options.bootstrap()), Measure.of("acc_all", all, options.bootstrap())),
                counts,
                notes,
                task.byQuestion(rows, values));
    }
}
