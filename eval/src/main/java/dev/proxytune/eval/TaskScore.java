package dev.proxytune.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Hold what a file of predictions is worth.
 *
 * @param task the task's name
 * @param measures its figures, the one that counts first
 * @param counts how many rows are of which kind, such as {@code invalid}; {@code n} is the last one
 * @param groups figures of parts, such as {@code by_lib}, then by the name of the part
 * @param notes what a reader must know, such as rows that could not be scored
 * @param questions the first measure, question by question
 */
public record TaskScore(
        String task,
        List<Measure> measures,
        Map<String, Integer> counts,
        Map<String, Map<String, List<Measure>>> groups,
        List<String> notes,
        List<QuestionScore> questions) {

    public TaskScore {
        measures = List.copyOf(measures);
        notes = List.copyOf(notes);
        questions = List.copyOf(questions);
    }

    static TaskScore of(
            Task task,
            List<Measure> measures,
            Map<String, Integer> counts,
            List<String> notes,
            List<QuestionScore> questions) {
        return new TaskScore(task.name(), measures, counts, Map.of(), notes, questions);
    }

    TaskScore withGroups(Map<String, Map<String, List<Measure>>> value) {
        return new TaskScore(task, measures, counts, value, notes, questions);
    }

    /** Return the same score with another note. */
    public TaskScore withNote(String note) {
        List<String> more = new ArrayList<>(notes);
        more.add(note);
        return new TaskScore(task, measures, counts, groups, more, questions);
    }

    /** Return the figure that counts. */
    public Measure headline() {
        return measures.getFirst();
    }

    /** Return a figure by its name. */
    public Optional<Measure> measure(String name) {
        return measures.stream().filter(measure -> measure.name().equals(name)).findFirst();
    }

    /** Return the figures of a part, such as {@code by_lib} and {@code Numpy}; empty if there is none. */
    public List<Measure> part(String title, String part) {
        return groups.getOrDefault(title, Map.of()).getOrDefault(part, List.of());
    }

    /**
     * Return the score as a JSON object: every measure by its name, its interval by the name with {@code _ci95}; {@code
     * ci95} is the first measure's interval. What has no value is null.
     */
    public Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("task", task);
        measures.forEach(measure -> object.put(measure.name(), number(measure.value())));
        object.put("ci95", ends(headline()));
        measures.forEach(measure -> object.put(measure.name() + "_ci95", ends(measure)));
        object.putAll(counts);
        groups.forEach((title, parts) -> {
            Map<String, Object> byPart = new LinkedHashMap<>();
            parts.forEach((part, figures) -> byPart.put(part, object(figures)));
            object.put(title, byPart);
        });
        object.put("notes", notes);
        return object;
    }

    private static Map<String, @Nullable Object> object(List<Measure> figures) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        figures.forEach(measure -> object.put(measure.name(), number(measure.value())));
        object.put("ci95", ends(figures.getFirst()));
        object.put("n", figures.getFirst().n());
        return object;
    }

    private static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static @Nullable List<Double> ends(Measure measure) {
        return measure.ci95().map(Interval::ends).orElse(null);
    }

    /** Return the score as lines for people. */
    public String table() {
        var text = new StringBuilder();
        measures.forEach(measure -> append(text, "", measure));
        counts.forEach((name, count) -> text.append(String.format(Locale.ROOT, "%-24s %d%n", name, count)));
        groups.forEach((title, parts) -> {
            text.append(title.replace('_', ' ')).append('\n');
            parts.forEach((part, figures) -> figures.forEach(measure -> append(text, "  " + part + " ", measure)));
        });
        notes.forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.toString().replace("\r\n", "\n");
    }

    private static void append(StringBuilder text, String before, Measure measure) {
        String value = measure.ci95()
                .map(ci95 -> String.format(Locale.ROOT, "%.4f  [%.4f, %.4f]", measure.value(), ci95.low(), ci95.high()))
                .orElse("–");
        text.append(String.format(Locale.ROOT, "%-24s %s  of %d%n", before + measure.name(), value, measure.n()));
    }
}
