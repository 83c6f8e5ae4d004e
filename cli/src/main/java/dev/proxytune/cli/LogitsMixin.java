package dev.proxytune.cli;

import dev.proxytune.server.RowSharing;
import dev.proxytune.server.ServedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for sharing a model's rows of logits. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class LogitsMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--expose-logits",
            negatable = true,
            description =
                    "Let clients with a key have rows of logits, by which they steer the model with experts of their"
                            + " own. Rows give much of a model away: docs/split.md says how much.")
    private boolean exposed;

    @Option(
            names = "--logits-rate",
            paramLabel = "N",
            defaultValue = "1000",
            description =
                    "Rows a second for each key, ten seconds' worth at once; 0 for any number, ${DEFAULT-VALUE} by"
                            + " default.")
    private int rate;

    /** Return a model that shares its rows if the options say so. */
    ServedModel served(ServedModel model) {
        RowSharing sharing = Usage.value(command, "--logits-rate", () -> new RowSharing(rate));
        return exposed ? model.withSharing(sharing) : model;
    }
}
