package dev.proxytune.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ask grade-school maths (Cobbe et al. 2021).
 *
 * <p>The published exact match strips punctuation, so that 18.00 becomes 1800 and is wrong; numeric match compares
 * numbers.
 */
final class Gsm8k implements Task {
    private static final String[] OUTPUT = {"model_output", "output"};
    private static final String MARK = "####";
    private static final String INSTRUCTION = "Answer the following question";

    @Override
    public String name() {
        return "gsm8k";
    }

    @Override
    public String summary() {
        return "grade-school maths: the last number of the answer";
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(512).withCuts(INSTRUCTION, "Question:", "Comment:");
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String question = data.requiredText("question");
        String user = INSTRUCTION + ".\n\nQuestion: " + Texts.strip(question);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("question", question);
        fields.put("answer", answer(data));
        return new TaskQuestion(
                index,
                data.text("id").orElse(Integer.toString(index)),
                TaskPrompt.of(user + "\nAnswer:", user, "Answer:").withSystem(options.system()),
                fields);
    }

    /** The data have the worked solution, predictions only its number. */
    private static String answer(Row row) {
        String answer = row.requiredText("answer");
        int mark = answer.indexOf(MARK);
        String number = Texts.withoutCommas(Texts.strip(mark < 0 ? answer : answer.substring(mark + MARK.length())));
        if (number.isEmpty()) {
            throw row.missing("answer");
        }
        return number;
    }

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        String cut = decoding().cut(output);
        parsed.put("model_output", cut);
        parsed.put("prediction", extract(cut));
        return parsed;
    }

    /** Return the last number, the whole text if there is none. */
    private String extract(String output) {
        String cut = decoding().cut(output);
        return Texts.lastNumber(cut).orElseGet(() -> Texts.withoutCommas(cut));
    }

    /** Return what a prediction was extracted from where that is known, as the extraction drops signs. */
    private String said(Row row, String prediction) {
        return row.text(OUTPUT)
                .filter(output -> prediction.equals(extract(output)))
                .map(decoding()::cut)
                .orElse(prediction);
    }

    @Override
    public String key(Row row) {
        return row.text("question").orElse("row " + row.number());
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        var exact = new double[rows.size()];
        var numeric = new double[rows.size()];
        int empty = 0;
        for (int i = 0; i < rows.size(); i++) {
            String answer = answer(rows.get(i));
            Optional<String> prediction = Predictions.of(rows.get(i), options, this::extract, OUTPUT);
            empty += prediction.isEmpty() ? 1 : 0;
            exact[i] = prediction.isPresent() && Texts.bare(prediction.get()).equals(Texts.bare(answer)) ? 1 : 0;
            numeric[i] =
                    prediction.isPresent() && Texts.isSameNumber(said(rows.get(i), prediction.get()), answer) ? 1 : 0;
        }
        return TaskScore.of(
                this,
                List.of(
                        Measure.of("exact_match", exact, options.bootstrap()),
                        Measure.of("numeric_match", numeric, options.bootstrap())),
                Map.of("n", rows.size()),
                Predictions.notes(empty),
                byQuestion(rows, exact));
    }
}
