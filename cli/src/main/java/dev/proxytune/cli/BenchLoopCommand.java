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

/** Measure what a proxy-tuned token costs beyond what llama.cpp needs for the three models. */
@Command(
        name = "loop",
        description = "Compare a proxy-tuned generation with three bare decodes a token.",
        footer = {
            "",
            "Without files it makes models of 1.1 billion and 135 million parameters with",
            "random weights, 0.9 GB in all, and keeps them in the user's cache folder."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchLoopCommand implements Callable<Integer> {
    private static final double MEGABYTE = 1e6;
    private static final int MOST = 100_000;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private BenchTrioMixin trio;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            defaultValue = "32",
            description = "Tokens in each measurement; ${DEFAULT-VALUE} by default.")
    private int tokens;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "20",
            description = "Measurements of each kind; ${DEFAULT-VALUE} by default.")
    private int rounds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchLoopCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Usage.requireUpTo(MOST, command, "--tokens", tokens);
        Usage.requireUpTo(MOST, command, "--rounds", rounds);
        List<LlamaModel> models = trio.load(console);
        try (var benchmark = new LoopBenchmark(models.get(0), models.get(1), models.get(2), tokens)) {
            report(models.stream().map(LlamaModel::info).toList(), benchmark);
        }
        return ExitCodes.OK;
    }

    private void report(List<ModelInfo> infos, LoopBenchmark benchmark) {
        LoopBenchmark.Result result = benchmark.run(rounds);
        double weights =
                infos.stream().distinct().mapToLong(ModelInfo::weightBytes).sum() / MEGABYTE;
        double cache = benchmark.cacheBytes() / MEGABYTE;
        double resident = benchmark.residentBytes() / MEGABYTE;
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("models", BenchTrioMixin.names(infos));
            object.put("tokens", tokens);
            object.put("rounds", rounds);
            object.put("bare_ms_per_token", Json.number(result.bare()));
            object.put("greedy_ms_per_token", Json.number(result.greedy()));
            object.put("nucleus_ms_per_token", Json.number(result.nucleus()));
            object.put("greedy_ratio", Json.number(result.greedyRatio()));
            object.put("nucleus_ratio", Json.number(result.nucleusRatio()));
            object.put("rss_mb", Json.number(resident));
            object.put("weights_mb", Json.number(weights));
            object.put("kv_mb", Json.number(cache));
            console.print(Json.line(object));
            return;
        }
        console.print(String.format(
                Locale.ROOT,
                """
                three bare decodes   %8.3f ms a token
                greedy               %8.3f ms a token   bare ÷ ours %.3f
                nucleus              %8.3f ms a token   bare ÷ ours %.3f
                resident memory      %8.0f MB: weights %.0f, KV caches %.0f, other %.0f
                """,
                result.bare(),
                result.greedy(),
                result.greedyRatio(),
                result.nucleus(),
                result.nucleusRatio(),
                resident,
                weights,
                cache,
                resident - weights - cache));
    }
}
