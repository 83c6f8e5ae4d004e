package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Run the code of rows in a {@link Sandbox} and tell whether it passes its tests. */
public final class CodeLabeler implements Labeler {
    private final CodeTask task;
    private final Map<String, Row> problems;
    private final Sandbox sandbox;
    private final boolean again;

    /**
     * Prepare to run code.
     *
     * @param data rows of the published data file, with the tests; empty if predictions have these fields themselves
     * @param sandbox where to run it; closed with this labeler
     * @param again whether to clean the raw output and run it even where rows say whether it passed
     */
    public CodeLabeler(CodeTask task, List<Row> data, Sandbox sandbox, boolean again) {
        this.task = task;
        this.problems = task.problems(data);
        this.sandbox = sandbox;
        this.again = again;
    }

    @Override
    public Set<String> fields() {
        return Set.of(CodeTask.PASSED, CodeTask.RESULT);
    }

    @Override
    public boolean lacks(Row row) {
        return again ? !row.has("executed_again") : CodeTask.passed(row).isEmpty();
    }

    @Override
    public Map<String, @Nullable Object> label(Row row) {
        Row problem = problems.getOrDefault(task.id(row), row);
        if (!task.hasTests(problem)) {
            throw new ProxyTuneException(row.place() + ": there are no tests for " + task.id(row)
                    + "; --data names the benchmark's own file, which has them");
        }
        Sandbox.Verdict verdict = sandbox.run(task.program(problem, CodeTask.completion(row, again)));
        Map<String, @Nullable Object> label = new LinkedHashMap<>();
        label.put(CodeTask.PASSED, verdict.passed());
        label.put(CodeTask.RESULT, verdict.result());
        if (again) {
            label.put("executed_again", true);
        }
        return label;
    }

    @Override
    public List<String> notes() {
        return sandbox.notes();
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
