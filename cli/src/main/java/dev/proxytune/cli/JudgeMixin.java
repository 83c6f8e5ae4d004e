package dev.proxytune.cli;

import dev.proxytune.eval.Judge;
import dev.proxytune.eval.JudgeEndpoint;
import dev.proxytune.eval.JudgePrompts;
import dev.proxytune.eval.Row;
import dev.proxytune.eval.Task;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options of a model that judges answers. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class JudgeMixin {
    private static final String KEY = "OPENAI_API_KEY";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--judge",
            paramLabel = "URL",
            description = "An OpenAI-compatible endpoint that judges what has no label, such as"
                    + " http://localhost:8080/v1; its key comes from OPENAI_API_KEY.")
    private @Nullable URI url;

    @Option(names = "--judge-model", paramLabel = "NAME", description = "The model that judges.")
    private @Nullable String model;

    @Option(
            names = "--judge-prompts",
            paramLabel = "FOLDER",
            description = "Files that replace this project's prompts for judges.")
    private @Nullable Path prompts;

    @Option(
            names = "--write-judge-prompts",
            paramLabel = "FOLDER",
            description = "Write this project's prompts for judges there, to read or change them, and do no more.")
    private @Nullable Path writePrompts;

    @Option(
            names = "--judge-timeout",
            paramLabel = "S",
            defaultValue = "60",
            description = "Seconds that a judge may take for an answer; ${DEFAULT-VALUE} by default.")
    private int timeout;

    @Option(
            names = "--judge-requests",
            paramLabel = "N",
            defaultValue = "4",
            description = "Requests to the judge at a time; ${DEFAULT-VALUE} by default.")
    private int requests;

    boolean isGiven() {
        return url != null;
    }

    int requests() {
        return requests;
    }

    /** Return where to write the prompts, if that is all there is to do. */
    @Nullable
    Path writePrompts() {
        return writePrompts;
    }

    /** Refuse options that cannot be. */
    void check(Task task) {
        Usage.require((url == null) == (model == null), command, "--judge and --judge-model need each other");
        Usage.require(
                url == null || Judge.isFor(task),
                command,
                "--judge is for truthfulqa, toxigen and alpaca-farm, not for " + task.name());
        for (String option : List.of("--judge-prompts", "--judge-timeout", "--judge-requests")) {
            Usage.require(url != null || !Usage.isGiven(command, option), command, option + " needs --judge");
        }
        Usage.require(timeout > 0, command, "--judge-timeout must be 1 or more, got: " + timeout);
        Usage.requireUpTo(256, command, "--judge-requests", requests);
    }

    Judge judge(Task task, List<Row> data, Console console) {
        URI endpoint = url;
        String name = model;
        if (endpoint == null || name == null) {
            throw new IllegalStateException("there is no judge");
        }
        JudgeEndpoint asked = Usage.value(
                        command, "--judge", () -> JudgeEndpoint.of(endpoint, name, console.variable(KEY)))
                .withTimeout(Duration.ofSeconds(timeout));
        return new Judge(task, asked, prompts == null ? JudgePrompts.own() : JudgePrompts.in(prompts), data);
    }
}
