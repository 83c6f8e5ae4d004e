package dev.proxytune.cli;

import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.ServedModel;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for how many answers a server makes at once, and how long they may be. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EngineMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-np", "--parallel"},
            paramLabel = "N",
            defaultValue = "8",
            description = "Answers at once, each with a context of its own; ${DEFAULT-VALUE} by default.")
    private int parallel;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description = "Answers that may wait; more are refused with the status 429. ${DEFAULT-VALUE} by default.")
    private int queue;

    @Option(
            names = {"-n", "--predict", "--n-predict"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "The most tokens that a client may ask for; -1, the default, for as many as there is room.")
    private int predict;

    @Option(names = "--lazy", description = "Load the model when it is first asked, not at the start.")
    private boolean lazy;

    @Option(
            names = "--unload-after",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Unload the model when nobody has asked for so long; 0, the default, for never.")
    private int unloadAfter;

    EngineOptions options(int contextSize) {
        Usage.require(predict == -1 || predict > 0, command, "--predict must be 1 or more, or -1, got: " + predict);
        EngineOptions options = EngineOptions.DEFAULT.withMaxTokens(predict == -1 ? Integer.MAX_VALUE : predict);
        EngineOptions sized = Usage.value(command, "--ctx-size", () -> options.withContextLength(contextSize));
        EngineOptions parallelized = Usage.value(command, "--parallel", () -> sized.withSequences(parallel));
        EngineOptions queueing = Usage.value(command, "--queue", () -> parallelized.withQueue(queue));
        return Usage.value(command, "--unload-after", () -> queueing.withUnloadAfter(Duration.ofSeconds(unloadAfter)));
    }

    /** Return a model that is loaded when the options say. */
    ServedModel served(ServedModel model) {
        return lazy ? model.onFirstUse() : model;
    }
}
