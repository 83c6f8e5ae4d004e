package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.remote.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure what it costs that the target is somebody else's. */
@Command(
        name = "split",
        description = "Compare a trio with its target here, and with its target behind a server that shares rows.",
        footer = {
            "",
            "Server and client share this process and this machine, as do both targets. By default they are the models",
            "that come with the project, which compute a token so fast that the way there and back weighs most."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchSplitCommand implements Callable<Integer> {
    private static final int MOST = 100_000;
    private static final int LONGEST_DELAY = 10_000;

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private FamilyMixin family;

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
            names = "--guesses",
            paramLabel = "K,K...",
            split = ",",
            defaultValue = "0,4",
            description = "How many tokens to guess ahead; ${DEFAULT-VALUE} by default.")
    private List<Integer> guesses = new ArrayList<>();

    @Option(
            names = "--delay",
            paramLabel = "MS,MS...",
            split = ",",
            defaultValue = "0,1,20",
            description = "What a round trip takes longer, in milliseconds; ${DEFAULT-VALUE} by default.")
    private List<Integer> delays = new ArrayList<>();

    @Option(names = "--remote-top", paramLabel = "N", defaultValue = "-1", description = "As for generate.")
    private int top;

    @Option(names = "--remote-precision", paramLabel = "f16|f32", description = "As for generate.")
    private @Nullable String precision;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchSplitCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() throws IOException {
        Usage.requireWithin(1, MOST, command, "--count", count);
        Usage.requireWithin(1, MOST, command, "--predict", predict);
        Usage.requireWithin(1, MOST, command, "--rounds", rounds);
        Usage.requireWithin(-1, Integer.MAX_VALUE, command, "--remote-top", top);
        guesses.forEach(number -> Usage.requireWithin(0, Speculation.MOST, command, "--guesses", number));
        delays.forEach(delay -> Usage.requireWithin(0, LONGEST_DELAY, command, "--delay", delay));
        Optional<Precision> exactly = Optional.ofNullable(precision)
                .map(name -> Usage.value(command, "--remote-precision", () -> Precision.named(name)));
        ModelPlan plan = family.plan();
        Path target = plan.target().file();
        var trio = (ProxyTunedModel) ModelOpener.open(plan, loader, _ -> family.options());
        List<Prompt> prompts = BenchPrompts.questions(trio, questions, count, console, command);
        var ways = new SplitBenchmark.Ways(guesses, delays, top, exactly);
        try (var benchmark = new SplitBenchmark(
                trio,
                () -> loader.load(target, Optional.empty(), family.options()),
                () -> loader.loadVocabulary(target),
                prompts,
                predict,
                ways)) {
            report(benchmark.run(rounds), trio);
        }
        return ExitCodes.OK;
    }

    private void report(List<SplitBenchmark.Result> results, LanguageModel model) {
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("machine", Machine.describe());
            object.put("vocabulary", model.vocabulary().size());
            object.put("rounds", rounds);
            object.put(
                    "results", results.stream().map(BenchSplitCommand::object).toList());
            console.print(Json.line(object));
            return;
        }
        var table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-8s %-14s %10s %10s %14s %14s %8s%n",
                "guesses",
                "target",
                "tokens/s",
                "÷ local",
                "B sent/token",
                "B got/token",
                "answers"));
        for (SplitBenchmark.Result result : results) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-8d %-14s %10.1f %10.3f %14.0f %14.0f %8s%n",
                    result.guesses(),
                    result.delay() < 0 ? "local" : "remote +" + result.delay() + " ms",
                    result.rate(),
                    result.ratio(),
                    result.sent(),
                    result.received(),
                    result.same() ? "same" : "others"));
        }
        console.print(table.toString());
    }

    private static Map<String, @Nullable Object> object(SplitBenchmark.Result result) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("guesses", result.guesses());
        object.put("target", result.delay() < 0 ? "local" : "remote");
        object.put("delay_ms", result.delay() < 0 ? null : result.delay());
        object.put("tokens_per_s", Json.number(result.rate()));
        object.put("ratio", Json.number(result.ratio()));
        object.put("bytes_sent_per_token", Json.number(result.sent()));
        object.put("bytes_received_per_token", Json.number(result.received()));
        object.put("same_answers", result.same());
        return object;
    }
}
