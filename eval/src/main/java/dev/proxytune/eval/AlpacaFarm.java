package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Let a judge choose between the answers of a reference and of the system (Dubois et al. 2023); the share of wins
 * counts, ties half.
 */
final class AlpacaFarm implements Task {
    static final String PREFERENCE = "preference";

    @Override
    public String name() {
        return "alpaca-farm";
    }

    @Override
    public String summary() {
        return "instructions: wins against a reference, by preferences or a judge";
    }

    @Override
    public boolean isExtracted() {
        return false;
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(2048, "\n\nComment:");
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String instruction = data.requiredText("instruction");
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("instruction", instruction);
        data.text("dataset").ifPresent(dataset -> fields.put("dataset", dataset));
        data.text("output_1", "output").ifPresent(reference -> fields.put("output_1", reference));
        data.text("generator_1", "generator").ifPresent(generator -> fields.put("generator_1", generator));
        return new TaskQuestion(
                index,
                data.text("id").orElse(Integer.toString(index)),
                TaskPrompt.of(instruction, instruction, "").withSystem(options.system()),
                fields);
    }

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        parsed.put("output_2", Texts.strip(output));
        return parsed;
    }

    @Override
    public String key(Row row) {
        return row.text("instruction").orElse("row " + row.number());
    }

    /**
     * Return the share of a win: preference 1 is the reference's, 2 the system's, 1.5 and 0 are ties, and numbers
     * between 1 and 2 are what weighted judges write.
     */
    static OptionalDouble win(Row row) {
        OptionalDouble preference = row.number(PREFERENCE);
        if (preference.isEmpty()) {
            return preference;
        }
        double value = preference.getAsDouble();
        if (value == 0) {
            return OptionalDouble.of(0.5);
        }
        if (value >= 1 && value <= 2) {
            return OptionalDouble.of(value - 1);
        }
        throw new ProxyTuneException(row.place() + ": \"" + PREFERENCE
                + "\" must be 1 (reference), 2 (system), 0 or 1.5 (tie), or between 1 and 2, got: " + value);
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        Labels.check(rows, List.of(PREFERENCE, "output_2", "output", "model_output"), List.of("instruction"));
        var values = new double[rows.size()];
        int wins = 0;
        int losses = 0;
        int missing = 0;
        for (int i = 0; i < values.length; i++) {
            Row row = rows.get(i);
            values[i] = win(row).orElse(Double.NaN);
            wins += values[i] > 0.5 ? 1 : 0;
            losses += values[i] < 0.5 ? 1 : 0;
            missing += Double.isNaN(values[i]) ? 1 : 0;
        }
        double[] judged =
                Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("wins", wins);
        counts.put("losses", losses);
        counts.put("ties", judged.length - wins - losses);
        counts.put("unjudged", missing);
        counts.put("n", rows.size());
        return TaskScore.of(
                this,
                List.of(Measure.of("win_rate", judged, options.bootstrap())),
                counts,
                Labels.notes(missing, PREFERENCE),
                byQuestion(rows, values));
    }
}
