package dev.proxytune.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options that only a chat has. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ChatOptions {
    /** Say where an answer ends, beside the texts of {@code --stop} and where the model ends it. */
    enum Until {
        AUTO,
        LINE,
        END
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The first question; \\n and the like in it are replaced.")
    private @Nullable String prompt;

    @Option(
            names = "--models",
            paramLabel = "FOLDER",
            description =
                    "Without --target and --trio: a folder with target.gguf, expert.gguf and anti-expert.gguf; the project's"
                            + " own by default.")
    private @Nullable Path folder;

    @Option(
            names = "--until",
            paramLabel = "WHERE",
            defaultValue = "auto",
            description =
                    "Where an answer ends at the latest: line, with its first line that is not empty, since models"
                            + " that were never told to answer go on asking; end, where the model ends it; auto, the default:"
                            + " line if all that answer read plain text and there is no --stop, otherwise end.")
    Until until = Until.AUTO;

    @Option(
            names = "--forget",
            description = "Once the context is full, keep the oldest questions and answers from the models, instead of"
                    + " asking for /clear.")
    boolean forget;

    @Option(
            names = "--trace",
            description = "Show how the experts moved each token: the text in colours, or a table with a line for each"
                    + " token where colours are not wanted.")
    boolean trace;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "Print in colours: auto (if on a terminal, unless NO_COLOR is set), always or never.")
    ColorMode color = ColorMode.AUTO;

    @Option(
            names = "--no-history",
            description = "Keep nothing of what is typed for later chats, and offer nothing from earlier ones.")
    boolean noHistory;

    /** Return the first question, with its escapes replaced. */
    Optional<String> prompt() {
        if (prompt == null) {
            return Optional.empty();
        }
        try {
            String text = Escapes.process(prompt, "The text of --prompt with its escapes replaced");
            Usage.require(!text.isBlank(), command, "--prompt must not be empty");
            return Optional.of(text);
        } catch (MalformedTextException e) {
            throw Usage.wrong(command, e);
        }
    }

    /** Return the plan of the family to talk to, if no model is named. */
    ModelPlan family() {
        return FamilyMixin.plan(FamilyMixin.folder(folder, command));
    }

    /** Refuse a folder beside models that are named one by one. */
    void refuseFolder() {
        Usage.require(
                folder == null || !Usage.isGiven(command, "--models"),
                command,
                "--models names all models in one: leave it out, or --target and the others");
    }
}
