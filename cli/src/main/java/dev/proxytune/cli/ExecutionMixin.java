package dev.proxytune.cli;

import dev.proxytune.eval.CodeLabeler;
import dev.proxytune.eval.CodeTask;
import dev.proxytune.eval.Row;
import dev.proxytune.eval.Sandbox;
import dev.proxytune.eval.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options of executing generated code. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExecutionMixin {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--allow-code-execution",
            description = "Run generated code that has no result yet, by python3, each sample in a sandbox.")
    private boolean allowed;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            description = "Seconds that a sample may run; 3 for humaneval, 120 for ds1000 by default.")
    private @Nullable Double timeout;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            description = "Memory that a sample may take; 1024 for humaneval, 4096 for ds1000 by default.")
    private @Nullable Integer memory;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Samples that run at a time; one for each processor by default.")
    private @Nullable Integer threads;

    boolean isAllowed() {
        return allowed;
    }

    int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** Refuse options that cannot be. */
    void check(Task task, boolean fromOutput) {
        boolean code = task instanceof CodeTask;
        Usage.require(
                code || !allowed,
                command,
                "--allow-code-execution is for humaneval and ds1000, not for " + task.name());
        Usage.require(
                !code || !fromOutput || allowed,
                command,
                "--from-output runs the code of " + task.name() + " again: it needs --allow-code-execution");
        Usage.requireUpTo(1024, command, "--threads", threads());
        for (String option : List.of("--timeout", "--memory", "--threads")) {
            Usage.require(
                    allowed || !Usage.isGiven(command, option), command, option + " needs --allow-code-execution");
        }
        if (task instanceof CodeTask codeTask) {
            limits(codeTask);
        }
    }

    private Sandbox.Limits limits(CodeTask task) {
        return Usage.value(
                command,
                "--timeout, --memory",
                () -> Sandbox.Limits.of(
                        timeout == null ? task.timeout() : timeout, memory == null ? task.memory() : memory));
    }

    CodeLabeler labeler(CodeTask task, List<Row> data, boolean again) {
        return new CodeLabeler(task, data, Sandbox.open(limits(task)), again);
    }
}
