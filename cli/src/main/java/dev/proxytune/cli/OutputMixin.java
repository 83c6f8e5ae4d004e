package dev.proxytune.cli;

import dev.proxytune.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for what is printed. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class OutputMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "Print one JSON object at the end, and no text before it.")
    boolean json;

    @Option(
            names = "--top-logprobs",
            paramLabel = "N",
            defaultValue = "0",
            description = "With --json, tell the N likeliest tokens at each place too; with --trace, each role's.")
    private int topLogprobs;

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

    /** Return what the printed form needs to know of each token. */
    Report report() {
        Usage.require(topLogprobs >= 0, command, "--top-logprobs must be 0 or more, got: " + topLogprobs);
        Usage.require(
                topLogprobs == 0 || json,
                command,
                "--top-logprobs is printed with --json only: add it, or leave --top-logprobs out");
        Report report = trace ? Report.TRACE : json ? Report.LOGPROBS : Report.NONE;
        return report.withCandidates(topLogprobs);
    }
}
