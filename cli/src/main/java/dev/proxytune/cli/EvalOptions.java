package dev.proxytune.cli;

import dev.proxytune.Sampling;
import dev.proxytune.eval.EvalPlan;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskOptions;
import dev.proxytune.eval.TaskQuestion;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for which questions are asked, and how they are answered. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvalOptions {
    private static final int MOST_BATCH = 1024;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "The questions, as they are published: JSON lines or one JSON array, plain or gzipped.")
    private Path data;

    @Option(names = "--limit", paramLabel = "N", description = "Ask only the first N questions.")
    private @Nullable Integer limit;

    @Option(
            names = "--shard",
            paramLabel = "I/N",
            description = "Ask every N-th question only, beginning with the I-th, so that N runs share the work.")
    private @Nullable String shard;

    @Option(
            names = {"-np", "--batch", "--parallel"},
            paramLabel = "N",
            defaultValue = "16",
            description = "Answers that run side by side; ${DEFAULT-VALUE} by default.")
    private int batch;

    @Option(
            names = {"-n", "--predict", "--n-predict"},
            paramLabel = "N",
            description = "The most tokens of an answer; the task's by default.")
    private @Nullable Integer predict;

    @Option(names = "--temp", paramLabel = "T", description = "Temperature; the task's by default.")
    private @Nullable Float temperature;

    @Option(names = "--top-p", paramLabel = "P", description = "The nucleus that is drawn from; the task's by default.")
    private @Nullable Float topP;

    @Option(names = "--samples", paramLabel = "N", description = "Answers to each question; the task's by default.")
    private @Nullable Integer samples;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "42",
            description = "Where all that is drawn starts; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(
            names = "--trace",
            description = "Write into each row how the experts moved each token, as report's figures need it.")
    private boolean trace;

    @Option(
            names = "--metric",
            paramLabel = "RULE",
            description = "For jsonl: exact, contains, numeric or regex, where rows do not say; exact by default.")
    private @Nullable String metric;

    Path data() {
        return data;
    }

    /** Return the questions that are asked. */
    List<TaskQuestion> questions(Task task, Optional<String> system) {
        Usage.require(limit == null || limit > 0, command, "--limit must be 1 or more, got: " + limit);
        int[] part = part();
        List<TaskQuestion> all = task.questions(data, new TaskOptions(system, seed));
        int end = limit == null ? all.size() : Math.min(limit, all.size());
        List<TaskQuestion> chosen = IntStream.range(0, end)
                .filter(index -> index % part[1] == part[0] - 1)
                .mapToObj(all::get)
                .toList();
        Usage.require(
                !chosen.isEmpty(),
                command,
                "There is no question to ask in " + data + (shard == null ? "" : ", shard " + shard));
        return chosen;
    }

    private int[] part() {
        if (shard == null) {
            return new int[] {1, 1};
        }
        String[] numbers = shard.split("/", -1);
        try {
            int part = Integer.parseInt(numbers[0]);
            int parts = Integer.parseInt(numbers[1]);
            if (numbers.length == 2 && part >= 1 && part <= parts) {
                return new int[] {part, parts};
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            // said below
        }
        throw Usage.wrong(command, "--shard must be as in 1/4, the first of four, got: " + shard);
    }

    /** Return how they are answered. */
    EvalPlan plan(Task task, List<TaskQuestion> questions) {
        Usage.require(batch >= 1 && batch <= MOST_BATCH, command, "--batch must be from 1 to " + MOST_BATCH);
        EvalPlan plan = EvalPlan.of(task, questions).withBatch(batch).withTrace(trace);
        Sampling sampling = plan.sampling().withSeed(seed);
        if (temperature != null) {
            float value = temperature;
            sampling = changed("--temp", sampling, s -> s.withTemperature(value));
        }
        if (topP != null) {
            float value = topP;
            sampling = changed("--top-p", sampling, s -> s.withTopP(value));
        }
        plan = plan.withSampling(sampling);
        if (predict != null) {
            Usage.require(predict > 0, command, "--predict must be 1 or more, got: " + predict);
            plan = plan.withMaxTokens(predict);
        }
        if (samples != null) {
            Usage.require(samples > 0, command, "--samples must be 1 or more, got: " + samples);
            plan = plan.withSamples(samples);
        }
        return plan;
    }

    private Sampling changed(String option, Sampling sampling, UnaryOperator<Sampling> change) {
        return Usage.value(command, option, () -> change.apply(sampling));
    }

    /** Return how the answers are scored. */
    ScoreOptions scoring(Task task) {
        if (metric == null) {
            return ScoreOptions.DEFAULT;
        }
        Usage.require(task.name().equals("jsonl"), command, "--metric is for jsonl, not for " + task.name());
        return ScoreOptions.DEFAULT.withRule(ScoreCommand.rule(command, metric));
    }

    /** Say what the answers depend on. */
    void describe(EvalPlan plan, Map<String, @Nullable Object> settings) {
        settings.put("data", data.getFileName().toString());
        settings.put("limit", limit);
        settings.put("shard", shard);
        settings.put("max_tokens", plan.maxTokens());
        settings.put("temperature", Json.number(plan.sampling().temperature()));
        settings.put("top_p", Json.number(plan.sampling().topP()));
        settings.put("samples", plan.samples());
        settings.put("seed", seed);
        settings.put("trace", trace);
    }
}
