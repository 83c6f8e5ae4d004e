package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Ask for Python code of which several samples are tried; pass@k counts. */
public abstract sealed class CodeTask implements Task permits Ds1000, HumanEval {
    static final String PASSED = "passed";
    static final String RESULT = "result";
    private static final String[] COMPLETION = {"completion", "output"};
    private static final String[] RESULTS = {PASSED, "test_results"};

    CodeTask() {}

    /** Return what stands for the task in rows of predictions and data alike. */
    abstract String id(Row row);

    /** Return how long a sample may run unless the user says otherwise, in seconds. */
    public abstract double timeout();

    /** Return how much memory a sample may take unless the user says otherwise, in MiB. */
    public abstract int memory();

    /**
     * Return the program that ends without an error if a completion is right.
     *
     * @param problem the row of the data file
     */
    abstract String program(Row problem, String completion);

    /** Return whether a row of data, or of predictions, has what {@link #program} needs. */
    abstract boolean hasTests(Row problem);

    /** Add what the task tells by parts. */
    abstract Map<String, Map<String, List<Measure>>> groups(List<Problem> problems, ScoreOptions options);

    /**
     * Count one problem's samples.
     *
     * @param id the problem's id
     * @param row its first row
     * @param samples how many were tried
     * @param passed how many of them are right
     */
    record Problem(String id, Row row, int samples, int passed) {}

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        parsed.put("completion", Texts.cleanCode(output));
        parsed.put("model_output", output);
        return parsed;
    }

    /** Published rows of DS-1000 hold all samples of a problem in one list. */
    @Override
    public List<Row> single(List<Row> rows) {
        List<Row> single = new ArrayList<>();
        for (Row row : rows) {
            List<String> completions = row.texts(COMPLETION);
            List<String> results = row.texts(RESULTS);
            int samples = Math.max(completions.size(), results.size());
            if (samples <= 1) {
                single.add(row);
                continue;
            }
            if (!completions.isEmpty() && !results.isEmpty() && completions.size() != results.size()) {
                throw new ProxyTuneException(row.place() + " has " + completions.size() + " completions and "
                        + results.size() + " results; it needs as many of both");
            }
            for (int i = 0; i < samples; i++) {
                Map<String, @Nullable Object> one = new LinkedHashMap<>();
                one.put("completion", completions.isEmpty() ? null : completions.get(i));
                one.put(PASSED, results.isEmpty() ? null : results.get(i));
                one.put("sample", i);
                single.add(row.with(one));
            }
        }
        return single;
    }

    @Override
    public String key(Row row) {
        return id(row);
    }

    /** Return the code of a row. */
    static String completion(Row row, boolean fromOutput) {
        Optional<String> raw = fromOutput ? row.text("model_output") : Optional.empty();
        if (raw.isEmpty() && !row.has(COMPLETION)) {
            throw row.missing(COMPLETION);
        }
        String completion = raw.or(() -> row.text(COMPLETION)).orElse("");
        return fromOutput ? Texts.cleanCode(completion) : completion;
    }

    /** Return whether a row's code passed, if it tells. */
    static Optional<Boolean> passed(Row row) {
        return row.truth(RESULTS)
                .or(() -> row.text(RESULT)
                        .map(result -> result.strip().toLowerCase(Locale.ROOT).equals(PASSED)));
    }

    @Override
    public TaskScore score(List<Row> given, ScoreOptions options) {
        Labels.check(
                given,
                List.of("completion", "output", PASSED, "test_results", RESULT),
                List.of("task_id", "problem_id"));
        List<Row> rows = single(given);
        Map<String, Problem> byId = new LinkedHashMap<>();
        int unknown = 0;
        for (Row row : rows) {
            Optional<Boolean> passed = passed(row);
            String id = id(row);
            if (passed.isEmpty()) {
                unknown++;
                continue;
            }
            Problem before = byId.getOrDefault(id, new Problem(id, row, 0, 0));
            byId.put(id, new Problem(id, before.row(), before.samples() + 1, before.passed() + (passed.get() ? 1 : 0)));
        }
        List<Problem> problems = List.copyOf(byId.values());
        List<String> notes = new ArrayList<>(notes(unknown));
        List<Integer> possible = possible(problems, options.ks(), notes);
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("samples", rows.size() - unknown);
        counts.put("not_executed", unknown);
        counts.put("n", problems.size());
        return TaskScore.of(this, measures(problems, possible, options), counts, notes, questions(problems))
                .withGroups(groups(problems, options.withKs(possible)));
    }

    private static List<String> notes(int unknown) {
        return unknown == 0
                ? List.of()
                : List.of(Predictions.rows(unknown) + " left out for want of \"" + PASSED
                        + "\"; --allow-code-execution runs their code");
    }

    /** As published, pass@k is told only where every problem has k samples. */
    private static List<Integer> possible(List<Problem> problems, List<Integer> ks, List<String> notes) {
        int fewest = problems.stream().mapToInt(Problem::samples).min().orElse(Integer.MAX_VALUE);
        List<Integer> possible = ks.stream().filter(k -> k <= fewest).toList();
        for (int k : ks) {
            if (k > fewest) {
                notes.add("no pass@" + k + ", as a problem has only " + fewest
                        + (fewest == 1 ? " sample that was executed" : " samples that were executed"));
            }
        }
        return possible.isEmpty() ? List.of(1) : possible;
    }

    static List<Measure> measures(List<Problem> problems, List<Integer> ks, ScoreOptions options) {
        return ks.stream()
                .map(k -> Measure.of(
                        "pass@" + k,
                        problems.stream()
                                .mapToDouble(problem -> PassAtK.of(problem.samples(), problem.passed(), k))
                                .toArray(),
                        options.bootstrap()))
                .toList();
    }

    /** The largest k that both systems tell may differ; the share of right samples can always be paired. */
    private static List<QuestionScore> questions(List<Problem> problems) {
        return problems.stream()
                .map(problem -> new QuestionScore(
                        problem.id(), problem.row().place(), (double) problem.passed() / problem.samples()))
                .toList();
    }

    /** Return the problems of a data file by their ids. */
    Map<String, Row> problems(List<Row> data) {
        Map<String, Row> problems = new HashMap<>();
        data.forEach(row -> problems.put(id(row), row));
        return problems;
    }
}
