package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ask the user's own questions: rows with {@code prompt}, taken as it is, or {@code question}, and {@code answer} or {@code
 * answers}; {@code metric} says how a row is marked.
 */
final class OwnQuestions implements Task {
    private static final int MOST_TOKENS = 256;

    @Override
    public String name() {
        return "jsonl";
    }

    @Override
    public String summary() {
        return "your own file of questions and answers: exact, contains, numeric or regex";
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(MOST_TOKENS);
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String text = data.requiredText("prompt", "question");
        String plain = data.text("prompt").orElse("Question: " + text + "\nAnswer:");
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (String name : List.of("id", "prompt", "question", "system", "metric")) {
            data.text(name).ifPresent(value -> fields.put(name, value));
        }
        // A mistake is told before hours of answers, not behind them.
        rule(data, Optional.empty()).check(data.answers(), data);
        fields.put(
                data.has("answers") ? "answers" : "answer",
                data.has("answers") ? data.answers() : data.answers().getFirst());
        return new TaskQuestion(
                index,
                data.text("id").orElse(Integer.toString(index)),
                TaskPrompt.of(plain, text, "").withSystem(data.text("system").or(options::system)),
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
        return row.text("id", "question", "prompt").orElse("row " + row.number());
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        Map<MatchRule, List<Double>> rules = new LinkedHashMap<>();
        var right = new double[rows.size()];
        int empty = 0;
        for (int i = 0; i < right.length; i++) {
            Row row = rows.get(i);
            MatchRule rule = rule(row, options.rule());
            Optional<String> prediction =
                    Predictions.of(row, options, Texts::strip, "model_output", "output", "completion", "text");
            empty += prediction.isEmpty() ? 1 : 0;
            right[i] = prediction.isPresent() && rule.matchesAny(prediction.get(), row.answers(), row) ? 1 : 0;
            rules.computeIfAbsent(rule, _ -> new ArrayList<>()).add(right[i]);
        }
        String name = rules.size() == 1 ? rules.keySet().iterator().next().measure() : "acc";
        TaskScore score = TaskScore.of(
                this,
                List.of(Measure.of(name, right, options.bootstrap())),
                Map.of("n", rows.size()),
                Predictions.notes(empty),
                byQuestion(rows, right));
        return rules.size() == 1 ? score : score.withGroups(Map.of("by_metric", byMetric(rules, options)));
    }

    private static Map<String, List<Measure>> byMetric(Map<MatchRule, List<Double>> rules, ScoreOptions options) {
        Map<String, List<Measure>> parts = new LinkedHashMap<>();
        rules.forEach((rule, marks) -> {
            double[] right = marks.stream().mapToDouble(Double::doubleValue).toArray();
            parts.put(
                    rule.name().toLowerCase(Locale.ROOT),
                    List.of(Measure.of(rule.measure(), right, options.bootstrap())));
        });
        return parts;
    }

    /** What the command line says is for rows that say nothing. */
    private static MatchRule rule(Row row, Optional<MatchRule> chosen) {
        Optional<String> own = row.text("metric");
        if (own.isEmpty()) {
            return chosen.orElse(MatchRule.EXACT);
        }
        return MatchRule.named(own.get())
                .orElseThrow(() -> new ProxyTuneException(
                        row.place() + ": \"metric\" must be exact, contains, numeric or regex, got: " + own.get()));
    }
}
