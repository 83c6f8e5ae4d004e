package dev.proxytune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stand above the benchmarks; does nothing itself. */
@Command(name = "bench", description = "Measure what tokens cost, as ratios taken in one run.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin(name = "Help")
    HelpMixin help;

    @Override
    public Integer call() {
        throw Usage.wrong(
                command,
                "A benchmark is missing: "
                        + String.join(", ", command.subcommands().keySet()));
    }
}
