package dev.proxytune.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for which rows of a batch are answered, and how many at a time. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BatchOptions {
    private static final int MOST_BATCH = 1024;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-np", "--batch", "--parallel"},
            paramLabel = "N",
            defaultValue = "16",
            description = "Answers that run side by side; ${DEFAULT-VALUE} by default.")
    private int batch;

    @Option(names = "--limit", paramLabel = "N", description = "Answer only the first N rows.")
    private @Nullable Long limit;

    @Option(names = "--resume", description = "Go on with a run that was broken off: nothing is lost or done twice.")
    private boolean resume;

    @Option(names = "--force", description = "Replace an output that is there.")
    private boolean force;

    void check() {
        Usage.require(batch >= 1 && batch <= MOST_BATCH, command, "--batch must be from 1 to " + MOST_BATCH);
        Usage.require(limit == null || limit > 0, command, "--limit must be 1 or more, got: " + limit);
        Usage.require(!resume || !force, command, "--resume goes on with a file and --force replaces it: give one");
    }

    int batch() {
        return batch;
    }

    /** Return how many rows are answered at most, 0 for all. */
    long limit() {
        return limit == null ? 0 : limit;
    }

    boolean isResumed() {
        return resume;
    }

    boolean isForced() {
        return force;
    }
}
