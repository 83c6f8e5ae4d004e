package dev.proxytune.cli;

import dev.proxytune.eval.Bootstrap;
import dev.proxytune.eval.CodeTask;
import dev.proxytune.eval.JudgePrompts;
import dev.proxytune.eval.Labeler;
import dev.proxytune.eval.Labeling;
import dev.proxytune.eval.MatchRule;
import dev.proxytune.eval.Pairing;
import dev.proxytune.eval.Row;
import dev.proxytune.eval.RowFile;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskScore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Score a file of predictions. */
@Command(
        name = "score",
        sortOptions = false,
        description = "Score a file of predictions, of any system, with the paper's measures.",
        footer = {
            "",
            "Tasks: gsm8k, triviaqa, truthfulqa-mc, truthfulqa, toxigen, humaneval, ds1000, alpaca-farm,",
            "realtimeqa, and jsonl for your own questions. Fields and measures: docs/score.md."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ScoreCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", arity = "0..1", paramLabel = "TASK", description = "What was asked.")
    private @Nullable String taskName;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The predictions: JSON lines or one JSON array, plain or gzipped.")
    private @Nullable Path file;

    @Option(names = "--json", description = "Print one JSON object, and no table.")
    private boolean json;

    @Option(
            names = "--from-output",
            description = "Extract predictions again from the raw output; without it stored fields are used.")
    private boolean fromOutput;

    @Option(
            names = {"-k", "--k"},
            paramLabel = "K",
            split = ",",
            defaultValue = "1,10",
            description = "For pass@k: how many samples may be tried, several joined by commas; ${DEFAULT-VALUE} by"
                    + " default.")
    private List<Integer> ks;

    @Option(
            names = "--metric",
            paramLabel = "RULE",
            description = "For jsonl: exact, contains, numeric or regex, where rows do not say; exact by default.")
    private @Nullable String metric;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "Another system's predictions for the same questions: test how FILE differs from it.")
    private @Nullable Path against;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "42",
            description = "Where the random numbers of intervals start; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "The benchmark's own file: tests for code, a reference's answers for alpaca-farm.")
    private @Nullable Path data;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Keep what is judged or executed there, row by row; run again, it goes on from there.")
    private @Nullable Path out;

    @Mixin(name = "Judge")
    private JudgeMixin judge;

    @Mixin(name = "Code")
    private ExecutionMixin execution;

    @Mixin(name = "Help")
    private HelpMixin help;

    ScoreCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path prompts = judge.writePrompts();
        if (prompts != null) {
            JudgePrompts.write(prompts).forEach(written -> console.print(written + "\n"));
            return ExitCodes.OK;
        }
        Usage.require(taskName != null, command, "TASK and FILE are missing");
        Usage.require(file != null, command, "FILE is missing: the predictions to score");
        String name = Objects.requireNonNull(taskName);
        Path predictions = Objects.requireNonNull(file);
        Task task = Usage.value(command, "TASK", () -> Task.named(name));
        ScoreOptions options = options();
        requireUse("-k", task instanceof CodeTask, "humaneval and ds1000", task);
        requireUse("--metric", task.name().equals("jsonl"), "jsonl", task);
        requireUse("--from-output", task.isExtracted(), "tasks that extract predictions, not labels", task);
        requireUse(
                "--data",
                task instanceof CodeTask || task.name().equals("alpaca-farm"),
                "humaneval, ds1000 and alpaca-farm",
                task);
        judge.check(task);
        execution.check(task, fromOutput);
        Usage.require(
                out == null || judge.isGiven() || execution.isAllowed(),
                command,
                "--out is for what is judged or executed: it needs --judge or --allow-code-execution");
        Usage.require(!predictions.equals(out), command, "--out must name another file than the predictions");
        TaskScore score = score(task, RowFile.read(predictions), options);
        Map<String, @Nullable Object> object = new LinkedHashMap<>(score.object());
        String text = score.table();
        if (against != null) {
            TaskScore other = task.score(RowFile.read(against), options);
            var difference = Pairing.of(other.questions(), score.questions()).difference(options.bootstrap());
            object.put("against", object(other, difference));
            text += text(other, difference);
        }
        console.print(json ? Json.line(object) : text);
        return ExitCodes.OK;
    }

    /** Refuse an option that would change nothing. */
    private void requireUse(String option, boolean isUsed, String tasks, Task task) {
        Usage.require(
                isUsed || !Usage.isGiven(command, option),
                command,
                option + " is for " + tasks + ", not for " + task.name());
    }

    /** Score rows, once those without labels have got them where that is wanted. */
    private TaskScore score(Task task, List<Row> given, ScoreOptions options) {
        List<Row> rows = task.single(given);
        if (!judge.isGiven() && !execution.isAllowed()) {
            return task.score(rows, options);
        }
        List<Row> problems = data == null ? List.of() : RowFile.read(data);
        boolean code = task instanceof CodeTask;
        try (Labeler labeler = task instanceof CodeTask codeTask
                ? execution.labeler(codeTask, problems, fromOutput)
                : judge.judge(task, problems, console)) {
            String doing = code ? "executing" : "judging";
            if (code) {
                labeler.notes().forEach(console::say);
            }
            int threads = code ? execution.threads() : judge.requests();
            var labeling = new Labeling(
                    labeler, threads, Optional.ofNullable(out), new LeftProgress(console, doing, LeftProgress.SECONDS));
            TaskScore score = task.score(labeling.run(rows), options);
            for (String note : labeler.notes()) {
                score = score.withNote(note);
            }
            return score;
        }
    }

    private ScoreOptions options() {
        ScoreOptions options = Usage.value(command, "--k", () -> ScoreOptions.DEFAULT.withKs(ks))
                .withFromOutput(fromOutput)
                .withBootstrap(new Bootstrap(seed, Bootstrap.DEFAULT.resamples()));
        if (metric == null) {
            return options;
        }
        return options.withRule(rule(command, metric));
    }

    /** Return what {@code --metric} names. */
    static MatchRule rule(CommandSpec command, String name) {
        return MatchRule.named(name)
                .orElseThrow(
                        () -> Usage.wrong(command, "--metric must be exact, contains, numeric or regex, got: " + name));
    }

    private static Map<String, @Nullable Object> object(TaskScore other, Pairing.Difference difference) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put(other.headline().name(), Json.number(other.headline().value()));
        object.put("difference", difference.value());
        object.put("ci95", List.of(difference.ci95().low(), difference.ci95().high()));
        object.put("p", difference.p());
        object.put("test", difference.test());
        return object;
    }

    private static String text(TaskScore other, Pairing.Difference difference) {
        return String.format(
                Locale.ROOT,
                "against %.4f: %+.4f  [%+.4f, %+.4f], p = %.2g (%s)\n",
                other.headline().value(),
                difference.value(),
                difference.ci95().low(),
                difference.ci95().high(),
                difference.p(),
                difference.test().equals("mcnemar") ? "McNemar, exact" : "paired bootstrap");
    }
}
