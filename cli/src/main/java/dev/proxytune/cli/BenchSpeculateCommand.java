package dev.proxytune.cli;

import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import java.nio.file.Path;
import java.util.ArrayList;
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
import picocli.CommandLine.Spec;

/** Measure what guessing ahead gains. */
@Command(
        name = "speculate",
        description = "Compare the target alone, and a trio without and with guesses.",
        footer = {
            "",
            "By default it asks the models that come with the project questions of their own kind. How",
            "often guesses are right depends on models and texts, so it says little of others."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchSpeculateCommand implements Callable<Integer> {
    private static final int MOST = 100_000;

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private FamilyMixin family;

    @Option(names = "--target", paramLabel = "FILE", description = "The target; all three files or none.")
    private @Nullable Path target;

    @Option(names = "--expert", paramLabel = "FILE", description = "The expert.")
    private @Nullable Path expert;

    @Option(names = "--anti-expert", paramLabel = "FILE", description = "The anti-expert.")
    private @Nullable Path antiExpert;

    @Option(
            names = {"-f", "--questions"},
            paramLabel = "FILE",
            description = "JSON Lines with a \"prompt\" each; the project's questions of manners by default.")
    private @Nullable Path questions;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many of the questions to ask; ${DEFAULT-VALUE} by default.")
    private int count;

    @Option(
            names = {"-n", "--predict"},
            paramLabel = "N",
            defaultValue = "64",
            description = "The most tokens of an answer; ${DEFAULT-VALUE} by default.")
    private int predict;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measurements of each kind; ${DEFAULT-VALUE} by default.")
    private int rounds;

    @Option(
            names = "--temp",
            paramLabel = "T,T...",
            split = ",",
            defaultValue = "0,0.8",
            description = "Temperatures; ${DEFAULT-VALUE} by default.")
    private List<Float> temperatures = new ArrayList<>();

    @Option(
            names = "--guesses",
            paramLabel = "K,K...",
            split = ",",
            defaultValue = "1,2,4,8",
            description = "Fixed numbers of guesses to compare with; ${DEFAULT-VALUE} by default.")
    private List<Integer> guesses = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchSpeculateCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        requireCount("--count", count);
        requireCount("--predict", predict);
        requireCount("--rounds", rounds);
        for (float temperature : temperatures) {
            Usage.require(
                    Float.isFinite(temperature) && temperature >= 0,
                    command,
                    "--temp must be numbers from 0 up, got: " + temperature);
        }
        for (int number : guesses) {
            Usage.require(
                    number > 0 && number <= Speculation.MOST,
                    command,
                    "--guesses must be from 1 to " + Speculation.MOST + ", got: " + number);
        }
        ModelPlan plan = plan();
        List<String> texts = Questions.read(questions(), count, console);
        try (var model = (ProxyTunedModel) ModelOpener.open(plan, loader, _ -> family.options())) {
            List<Prompt> prompts = texts.stream()
                    .map(text -> model.tokenize(PromptText.of(text)))
                    .toList();
            try (var benchmark = new SpeculationBenchmark(model.target(), model, prompts, predict, guesses)) {
                report(benchmark);
            }
        }
        return ExitCodes.OK;
    }

    private void requireCount(String option, int number) {
        Usage.require(
                number > 0 && number <= MOST, command, option + " must be from 1 to " + MOST + ", got: " + number);
    }

    private ModelPlan plan() {
        if (target == null && expert == null && antiExpert == null) {
            return family.plan();
        }
        if (target == null || expert == null || antiExpert == null) {
            throw Usage.wrong(command, "--target, --expert and --anti-expert belong together: give all three or none");
        }
        var plan = ModelPlan.trio(target, expert, antiExpert);
        plan.requireFiles();
        return plan;
    }

    private Path questions() {
        if (questions != null) {
            return questions;
        }
        return FamilyMixin.home()
                .map(home -> home.resolve("models").resolve("suites").resolve("manners.jsonl"))
                .orElseThrow(() -> Usage.wrong(
                        command, "--questions is missing: only ./proxytune knows where the project's own are"));
    }

    private void report(SpeculationBenchmark benchmark) {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (float temperature : temperatures) {
            List<SpeculationBenchmark.Result> results = benchmark.run(temperature, rounds);
            if (json) {
                results.forEach(result -> all.add(object(temperature, result)));
            } else {
                print(temperature, results);
            }
        }
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("machine", Machine.describe());
            object.put("rounds", rounds);
            object.put("results", all);
            console.print(Json.line(object));
        }
    }

    private static Map<String, @Nullable Object> object(float temperature, SpeculationBenchmark.Result result) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("temperature", Json.number(temperature));
        object.put("contender", result.name());
        object.put("ms_per_token", Json.number(result.millis()));
        object.put("ratio", Json.number(result.ratio()));
        object.put("best_ratio", Json.number(result.best()));
        object.put("steps", result.counts().steps());
        object.put("tokens", result.counts().tokens());
        object.put("guesses", result.counts().guesses());
        object.put("hits", result.counts().hits());
        object.put("changed_answers", result.changed());
        return object;
    }

    private void print(float temperature, List<SpeculationBenchmark.Result> results) {
        var table = new StringBuilder(String.format(
                Locale.ROOT,
                "temperature %-8s %12s %10s %10s %14s %13s %16s%n",
                temperature,
                "ms a token",
                "off ÷ it",
                "at best",
                "tokens a step",
                "right guesses",
                "changed answers"));
        for (SpeculationBenchmark.Result result : results) {
            var counts = result.counts();
            table.append(String.format(
                    Locale.ROOT,
                    "%-20s %12.3f %10.3f %10.3f %14.2f %13s %16d%n",
                    result.name(),
                    result.millis(),
                    result.ratio(),
                    result.best(),
                    (double) counts.tokens() / Math.max(1, counts.steps()),
                    counts.guesses() == 0
                            ? ""
                            : String.format(Locale.ROOT, "%.0f %%", 100.0 * counts.hits() / counts.guesses()),
                    result.changed()));
        }
        console.print(table.toString());
    }
}
