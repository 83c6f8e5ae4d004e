package dev.proxytune.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ask for the body of a function that must pass tests (Chen et al. 2021). */
final class HumanEval extends CodeTask {
    static final float TEMPERATURE = 0.8f;
    static final float TOP_P = 0.95f;
    static final int SAMPLES = 20;
    static final int MOST_TOKENS = 512;
    static final List<String> BANNED = List.of("pass", "...");

    @Override
    public String name() {
        return "humaneval";
    }

    @Override
    public String summary() {
        return "functions in Python: pass@k";
    }

    @Override
    public TaskDecoding decoding() {
        List<String> stops = List.of("\nclass", "\ndef", "\n#", "\nif", "\nprint");
        return new TaskDecoding(
                MOST_TOKENS, stops, List.of(), TEMPERATURE, TOP_P, SAMPLES, BANNED, List.of(), List.of());
    }

    @Override
    public double timeout() {
        return 3;
    }

    @Override
    public int memory() {
        return 1024;
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        String prompt = data.requiredText("prompt");
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("task_id", id(data));
        fields.put("prompt", prompt);
        return new TaskQuestion(
                index, id(data), TaskPrompt.of(prompt, prompt, "").withSystem(options.system()), fields);
    }

    @Override
    String id(Row row) {
        return row.requiredText("task_id");
    }

    @Override
    boolean hasTests(Row problem) {
        return problem.has("prompt") && problem.has("test") && problem.has("entry_point");
    }

    @Override
    String program(Row problem, String completion) {
        return problem.requiredText("prompt") + completion + "\n" + problem.requiredText("test") + "\ncheck("
                + problem.requiredText("entry_point") + ")";
    }

    @Override
    Map<String, Map<String, List<Measure>>> groups(List<Problem> problems, ScoreOptions options) {
        return Map.of();
    }
}
