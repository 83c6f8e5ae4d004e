package dev.proxytune.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Print what makes a shell complete proxytune's options. */
@Command(
        name = "completion",
        description = "Print a script that makes bash or zsh complete commands and options.",
        footer = {"", "To use it: source <(proxytune completion)"})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class CompletionCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Help")
    private HelpMixin help;

    CompletionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var root = command.root();
        console.print(AutoComplete.bash(root.name(), root.commandLine()));
        return ExitCodes.OK;
    }
}
