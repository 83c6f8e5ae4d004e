package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure all that a token costs; its subcommands measure one thing each more closely. */
@Command(
        name = "bench",
        description = "Measure what tokens cost, as ratios taken in one run.",
        footer = {
            "",
            "Without a subcommand it measures all: memory, the loop, answers with and without guesses in the",
            "settings of the paper's table of run times, answers side by side, prompts, and how near each is",
            "to what the processor can do. By default that is of the models that come with the project."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_ROUNDS = 1000;
    private static final int MOST_TOKENS = 100_000;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private final BenchTrioMixin trio = BenchTrioMixin.ofFamily();

    @Mixin(name = "Guesses")
    private BenchGuessMixin asked;

    @Option(names = "--quick", description = "Measure less: end in a minute or two.")
    private boolean quick;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            description = "Tokens of the long prompt and of the long answer; 512 by default, fewer with --quick.")
    private @Nullable Integer tokens;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Measurements of each kind; 15 by default, 2 of large models, fewer with --quick.")
    private @Nullable Integer rounds;

    @Option(names = "--json", description = "Print one JSON object at the end, and no table.")
    private boolean json;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write the tables into a file, too: between its lines '<!-- bench: NAME -->' and"
                    + " '<!-- end of bench: NAME -->', where NAME is family, 1.1b or own, as the models are.")
    private @Nullable Path markdown;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        trio.check();
        asked.check(trio);
        BenchSize size = size();
        Optional<MarkedSection> section = Optional.ofNullable(markdown).map(this::section);
        var cancellation = new Cancellation();
        try (var _ = Interrupts.handle(cancellation::cancel)) {
            BenchMachine machine = BenchMachine.detect();
            var report = new BenchReport(console, json, machine);
            try (var run = new BenchRun(console, trio, asked, size, cancellation, report::add)) {
                report.begin(trio.label(), run.infos(), size, asked.chance(trio));
                run.run(machine);
            }
            report.end();
            section.ifPresent(part -> part.write(report.markdown()));
        }
        return ExitCodes.OK;
    }

    private MarkedSection section(Path file) {
        try {
            return new MarkedSection(file, "bench: " + trio.label());
        } catch (InputException e) {
            throw Usage.wrong(command, "--markdown: " + e.getMessage());
        }
    }

    private BenchSize size() {
        require("--rounds", rounds, MOST_ROUNDS);
        require("--tokens", tokens, MOST_TOKENS);
        BenchSize size = BenchSize.of(trio.isSmall(), quick);
        BenchSize withRounds = rounds == null ? size : size.withRounds(rounds);
        return tokens == null ? withRounds : withRounds.withTokens(tokens);
    }

    private void require(String option, @Nullable Integer number, int most) {
        if (number != null) {
            Usage.requireUpTo(most, command, option, number);
        }
    }
}
