package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.llama.LlamaModel;
import java.util.List;
import java.util.Optional;
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
            "often guesses are right depends on models and texts, so it says little of others. With",
            "--acceptance, answers and guesses are made up, and only what they cost is measured."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchSpeculateCommand implements Callable<Integer> {
    private static final int MOST = 100_000;
    private static final int COST_ROUNDS = 4;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private final BenchTrioMixin trio = BenchTrioMixin.ofFamily();

    @Mixin(name = "Guesses")
    private BenchGuessMixin asked;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many of the questions to ask; 10 by default, 2 with --shape.")
    private @Nullable Integer count;

    @Option(
            names = {"-n", "--predict"},
            paramLabel = "N",
            description = "The most tokens of an answer; 64 by default, 32 with --shape.")
    private @Nullable Integer predict;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Measurements of each kind; 5 by default, 3 with --shape.")
    private @Nullable Integer rounds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchSpeculateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        trio.check();
        asked.check(trio);
        Optional<Double> chance = asked.chance(trio);
        boolean real = !trio.isMadeUp();
        int questions = number("--count", count, real ? 10 : 2);
        int tokens = number("--predict", predict, real ? 64 : 32);
        int times = number("--rounds", rounds, real ? 5 : 3);
        List<LlamaModel> models = trio.load(console);
        try (var whole = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2))) {
            List<Prompt> prompts = asked.prompts(trio, whole, questions, console);
            Optional<SpeculationBound> bound =
                    chance.map(right -> SpeculationBound.measure(whole, prompts.getFirst(), right, COST_ROUNDS));
            var report = new SpeculationReport(console, json, bound);
            var task = SpeculationBenchmark.Task.of(prompts, tokens).withAlpha(asked.alpha());
            var compared = SpeculationBenchmark.Models.of(whole, chance);
            try (var benchmark = new SpeculationBenchmark(compared, task, asked.guesses(), new Cancellation())) {
                for (float temperature : asked.temperatures(trio)) {
                    report.add(temperature, benchmark.run(temperature, times));
                }
            }
            report.end(times);
        }
        return ExitCodes.OK;
    }

    private int number(String option, @Nullable Integer given, int otherwise) {
        int number = given == null ? otherwise : given;
        Usage.requireUpTo(MOST, command, option, number);
        return number;
    }
}
