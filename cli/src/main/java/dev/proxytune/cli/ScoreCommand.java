package dev.proxytune.cli;

import dev.proxytune.eval.Bootstrap;
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

    @Parameters(index = "0", paramLabel = "TASK", description = "What was asked.")
    private String taskName;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description = "The predictions: JSON lines or one JSON array, plain or gzipped.")
    private Path file;

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

    @Mixin(name = "Help")
    private HelpMixin help;

    ScoreCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Task task = Usage.value(command, "TASK", () -> Task.named(taskName));
        ScoreOptions options = options();
        List<Row> rows = RowFile.read(file);
        TaskScore score = task.score(rows, options);
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

    private ScoreOptions options() {
        ScoreOptions options = Usage.value(command, "--k", () -> ScoreOptions.DEFAULT.withKs(ks))
                .withFromOutput(fromOutput)
                .withBootstrap(new Bootstrap(seed, Bootstrap.DEFAULT.resamples()));
        if (metric == null) {
            return options;
        }
        String name = metric;
        return options.withRule(MatchRule.named(name)
                .orElseThrow(() ->
                        Usage.wrong(command, "--metric must be exact, contains, numeric or regex, got: " + name)));
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
