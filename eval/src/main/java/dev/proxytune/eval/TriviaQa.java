package dev.proxytune.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Ask for facts (Joshi et al. 2017); an answer is right if it is one of the aliases, but for case. */
final class TriviaQa implements Task {
    private static final String[] OUTPUT = {"model_output", "output"};

    @Override
    public String name() {
        return "triviaqa";
    }

    @Override
    public String summary() {
        return "facts: one of several names for the answer";
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(20, "\n");
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String question = data.requiredText("question");
        String user = "Question: " + question;
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("question", question);
        fields.put("answers", data.answers());
        data.text("question_id").ifPresent(id -> fields.put("question_id", id));
        return new TaskQuestion(
                index,
                data.text("question_id").orElse(Integer.toString(index)),
                TaskPrompt.of(user + "\nAnswer:", user, "Answer:").withSystem(options.system()),
                fields);
    }

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        parsed.put("model_output", output);
        parsed.put("prediction", Texts.strip(output));
        return parsed;
    }

    @Override
    public String key(Row row) {
        return row.text("question_id", "question").orElse("row " + row.number());
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        var right = new double[rows.size()];
        int empty = 0;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            Optional<Boolean> stored =
                    options.fromOutput() || row.has("prediction") ? Optional.empty() : row.truth("correct");
            if (stored.isPresent()) {
                right[i] = stored.get() ? 1 : 0;
                continue;
            }
            Optional<String> prediction = Predictions.of(row, options, Texts::strip, OUTPUT);
            empty += prediction.isEmpty() ? 1 : 0;
            right[i] = prediction.isPresent() && isRight(prediction.get(), row.answers()) ? 1 : 0;
        }
        return TaskScore.of(
                this,
                List.of(Measure.of("acc", right, options.bootstrap())),
                Map.of("n", rows.size()),
                Predictions.notes(empty),
                byQuestion(rows, right));
    }

    private static boolean isRight(String prediction, List<String> answers) {
        String wanted = Texts.lower(Texts.strip(prediction));
        return answers.stream()
                .anyMatch(answer -> Texts.lower(Texts.strip(answer)).equals(wanted));
    }
}
