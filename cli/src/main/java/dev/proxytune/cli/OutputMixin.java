package dev.proxytune.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Declare the options for what is printed. */
@Command
final class OutputMixin {
    @Option(names = "--json", description = "Print one JSON object at the end, and no text before it.")
    boolean json;

    @Option(
            names = "--trace",
            description = "Show how the experts moved each token: the text in colours, or a table with a line for each"
                    + " token where colours are not wanted; more fields with --json.")
    boolean trace;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "Print in colours: auto (if on a terminal, unless NO_COLOR is set), always or never.")
    ColorMode color = ColorMode.AUTO;

    @Option(
            names = "--display-prompt",
            negatable = true,
            description = "Print the target's prompt before the answer; off by default.")
    boolean displayPrompt;
}
