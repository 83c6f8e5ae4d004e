package dev.proxytune.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Declare the options that every command has. */
@Command
final class HelpMixin {
    static final String VERBOSE = "--verbose";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    private boolean verbose;

    boolean isVerbose() {
        return verbose;
    }

    @Option(
            names = {"-v", VERBOSE},
            description = "Tell more on standard error: timings, what llama.cpp says, where an error comes from.")
    void setVerbose(boolean on) {
        verbose = on;
        if (on) {
            ConsoleLoggers.tell(System.Logger.Level.DEBUG);
        }
    }
}
