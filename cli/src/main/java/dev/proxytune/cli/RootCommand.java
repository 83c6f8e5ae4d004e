package dev.proxytune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stand above the commands; does nothing itself. */
@Command(
        name = "proxytune",
        sortOptions = false,
        description = "Steer a large language model with a small tuned one, at decoding time.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = VersionText.class,
        footer = {"", "'proxytune COMMAND --help' tells more about a command."})
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RootCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit.")
    boolean version;

    @Override
    public Integer call() {
        throw Usage.wrong(
                command,
                "A command is missing: "
                        + String.join(", ", command.subcommands().keySet()));
    }
}
