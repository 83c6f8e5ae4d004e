package dev.proxytune.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ask for code that uses libraries for data science (Lai et al. 2023), in the form of one JSON file: {@code prompt},
 * {@code code_context} and {@code metadata}.
 */
final class Ds1000 extends CodeTask {
    private static final String LIBRARY = "library";

    @Override
    public String name() {
        return "ds1000";
    }

    @Override
    public String summary() {
        return "data science in Python: pass@k, by library";
    }

    @Override
    public TaskDecoding decoding() {
        List<String> stops = List.of("\n</code>", "\n# SOLUTION END", "\nEND SOLUTION");
        return new TaskDecoding(
                HumanEval.MOST_TOKENS,
                stops,
                List.of(),
                HumanEval.TEMPERATURE,
                HumanEval.TOP_P,
                HumanEval.SAMPLES,
                HumanEval.BANNED,
                List.of("</"),
                List.of());
    }

    /** Libraries take their time to load; this is the limit of the benchmark itself. */
    @Override
    public double timeout() {
        return 120;
    }

    @Override
    public int memory() {
        return 4096;
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String text = data.requiredText("prompt");
        String prompt = text.endsWith("\n") ? text : text + "\n";
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("task_id", id(data));
        library(data).ifPresent(library -> fields.put("lib", library));
        fields.put("prompt", prompt);
        perturbation(data).ifPresent(type -> fields.put("perturbation_type", type));
        return new TaskQuestion(
                index, id(data), TaskPrompt.of(prompt, prompt, "").withSystem(options.system()), fields);
    }

    @Override
    String id(Row row) {
        Row metadata = row.object("metadata").orElse(row);
        if (row.has("task_id")) {
            return row.requiredText("task_id");
        }
        return metadata.requiredText("lib", LIBRARY) + "/" + metadata.requiredText("library_problem_id", "problem_id");
    }

    private static Optional<String> library(Row row) {
        return row.object("metadata")
                .orElse(row)
                .text("lib", LIBRARY)
                .or(() -> row.text("task_id").filter(id -> id.contains("/")).map(id -> id.replaceFirst("/.*", "")));
    }

    private static Optional<String> perturbation(Row row) {
        return row.object("metadata").orElse(row).text("perturbation_type");
    }

    @Override
    boolean hasTests(Row problem) {
        return problem.has("code_context");
    }

    @Override
    String program(Row problem, String completion) {
        String context = problem.requiredText("code_context");
        String program = context + "\ncode = " + pythonText(completion) + "\ntest_execution(code)\n";
        return context.contains("test_string(") ? program + "test_string(code)\n" : program;
    }

    /** Write a text so that Python reads the same one. */
    static String pythonText(String text) {
        var literal = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
                literal.appendCodePoint(c);
            } else {
                literal.append(String.format(Locale.ROOT, "\\U%08x", c));
            }
        });
        return literal.append('"').toString();
    }

    @Override
    Map<String, Map<String, List<Measure>>> groups(List<Problem> problems, ScoreOptions options) {
        Map<String, Map<String, List<Measure>>> groups = new LinkedHashMap<>();
        List<Problem> known = problems.stream()
                .filter(problem -> library(problem.row()).isPresent())
                .toList();
        if (!known.isEmpty()) {
            groups.put(
                    "by_lib",
                    parts(
                            known,
                            problem -> library(problem.row()).orElseThrow(),
                            part -> measures(part, options.ks(), options)));
        }
        List<Problem> perturbed = problems.stream()
                .filter(problem -> perturbation(problem.row()).isPresent())
                .toList();
        if (!perturbed.isEmpty()) {
            groups.put(
                    "by_perturbation_type",
                    parts(
                            perturbed,
                            problem -> perturbation(problem.row()).orElseThrow().toLowerCase(Locale.ROOT),
                            part -> List.of(accuracy(part, options))));
        }
        return groups;
    }

    /** As published, perturbations are told by the share of right samples, not by pass@k. */
    private static Measure accuracy(List<Problem> problems, ScoreOptions options) {
        double[] shares = problems.stream()
                .mapToDouble(problem -> (double) problem.passed() / problem.samples())
                .toArray();
        return Measure.of("accuracy", shares, options.bootstrap());
    }

    private static Map<String, List<Measure>> parts(
            List<Problem> problems, Function<Problem, String> name, Function<List<Problem>, List<Measure>> figures) {
        Map<String, List<Problem>> parts =
                problems.stream().collect(Collectors.groupingBy(name, TreeMap::new, Collectors.toList()));
        Map<String, List<Measure>> measures = new LinkedHashMap<>();
        parts.forEach((part, of) -> measures.put(part, figures.apply(of)));
        return measures;
    }
}
