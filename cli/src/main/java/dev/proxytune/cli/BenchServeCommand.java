package dev.proxytune.cli;

import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelInfo;
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

/** Measure what serving many clients at once gains. */
@Command(
        name = "serve",
        description = "Compare a server with many clients at once and one by one, and with what bare llama.cpp gains.",
        footer = {
            "",
            "The server listens on a free port of this machine and streams greedy answers over HTTP; it guesses no",
            "tokens ahead. Answers all have --tokens tokens: nothing ends them. Without files it makes models of 1.1",
            "billion and 135 million parameters with random weights, 0.9 GB in all, and keeps them in the user's",
            "cache folder."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchServeCommand implements Callable<Integer> {
    private static final int MOST_CLIENTS = 256;
    private static final int MOST_TOKENS = 100_000;
    private static final int MOST_ROUNDS = 1000;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private BenchTrioMixin trio;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "16",
            description = "How many clients ask, at once or one by one; ${DEFAULT-VALUE} by default.")
    private int count;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            defaultValue = "24",
            description = "Tokens of each answer; ${DEFAULT-VALUE} by default.")
    private int tokens;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "2",
            description = "How often all ask; the fastest round counts. ${DEFAULT-VALUE} by default.")
    private int rounds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Usage.requireUpTo(MOST_CLIENTS, command, "--count", count);
        Usage.requireUpTo(MOST_TOKENS, command, "--tokens", tokens);
        Usage.requireUpTo(MOST_ROUNDS, command, "--rounds", rounds);
        List<LlamaModel> models = trio.load(console);
        List<ModelInfo> infos = models.stream().map(LlamaModel::info).toList();
        try (var benchmark = new ServeBenchmark(models, count, tokens, rounds)) {
            report(infos, benchmark.promptTokens(), benchmark.run());
        }
        return ExitCodes.OK;
    }

    private double rate(List<Double> seconds) {
        return (double) count * tokens / ServeBenchmark.Result.best(seconds);
    }

    private void report(List<ModelInfo> infos, int promptTokens, ServeBenchmark.Result result) {
        double serveAlone = rate(result.serveAlone());
        double serveTogether = rate(result.serveTogether());
        double bareAlone = rate(result.bareAlone());
        double bareTogether = rate(result.bareTogether());
        double quotient = result.gain() / result.bareGain();
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("machine", Machine.describe());
            object.put("models", BenchTrioMixin.names(infos));
            object.put("clients", count);
            object.put("tokens", tokens);
            object.put("prompt_tokens", promptTokens);
            object.put("rounds", rounds);
            object.put("speculation", "off");
            object.put("serve_one_by_one_tokens_per_s", Json.number(serveAlone));
            object.put("serve_at_once_tokens_per_s", Json.number(serveTogether));
            object.put("bare_one_by_one_tokens_per_s", Json.number(bareAlone));
            object.put("bare_at_once_tokens_per_s", Json.number(bareTogether));
            object.put("serve_one_by_one_s", result.serveAlone());
            object.put("serve_at_once_s", result.serveTogether());
            object.put("bare_one_by_one_s", result.bareAlone());
            object.put("bare_at_once_s", result.bareTogether());
            object.put("gain", Json.number(result.gain()));
            object.put("bare_gain", Json.number(result.bareGain()));
            object.put("gain_to_bare_gain", Json.number(quotient));
            console.print(Json.line(object));
            return;
        }
        console.print(String.format(
                Locale.ROOT,
                """
                %d clients, %d tokens of prompts and %d of answers; no speculation
                tokens/s           one by one   %4d at once    gain
                serve              %10.2f   %12.2f   %5.3f
                bare llama.cpp     %10.2f   %12.2f   %5.3f
                serve ÷ bare       %10.3f   %12.3f   %5.3f
                """,
                count,
                promptTokens,
                (long) count * tokens,
                count,
                serveAlone,
                serveTogether,
                result.gain(),
                bareAlone,
                bareTogether,
                result.bareGain(),
                serveAlone / bareAlone,
                serveTogether / bareTogether,
                quotient));
    }
}
