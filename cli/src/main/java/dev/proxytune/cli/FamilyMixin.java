package dev.proxytune.cli;

import dev.proxytune.InvalidModelException;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options that name a family of models: a target, its expert and its anti-expert in one folder. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class FamilyMixin {
    /** Tells the project's folder, set by {@code ./proxytune}. */
    static final String HOME = "proxytune.home";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--models",
            paramLabel = "FOLDER",
            description = "Folder with target.gguf, expert.gguf and anti-expert.gguf; the project's own by default.")
    private @Nullable Path models;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads that compute; ${DEFAULT-VALUE} by default, as small models gain nothing from more.")
    private int threads;

    /** Return the project's folder, if it is known. */
    static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty(HOME)).map(Path::of);
    }

    /** Return whether these are the models that come with the project. */
    boolean isOwn() {
        return models == null;
    }

    Path folder() {
        return folder(models, command);
    }

    /** Return the folder that a command's {@code --models} names, or the project's own. */
    static Path folder(@Nullable Path models, CommandSpec command) {
        if (models != null) {
            return models;
        }
        return home().map(home -> home.resolve("models"))
                .orElseThrow(() -> Usage.wrong(
                        command, "--models is missing: only ./proxytune knows where the project's own models are"));
    }

    /** Return the plan of the proxy-tuned target, whose files are there. */
    ModelPlan plan() {
        return plan(folder());
    }

    /** Return the plan of the proxy-tuned target of a folder, whose files are there. */
    static ModelPlan plan(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidModelException(
                    "The folder " + folder
                            + " with a family of models does not exist; models/make builds the project's own, --models names another");
        }
        var plan = ModelPlan.trio(
                folder.resolve("target.gguf"), folder.resolve("expert.gguf"), folder.resolve("anti-expert.gguf"));
        plan.requireFiles();
        return plan;
    }

    /** Return the target that was tuned directly, if it is there. */
    Optional<Path> tuned() {
        return Optional.of(folder().resolve("tuned.gguf")).filter(Files::isRegularFile);
    }

    /** Return the options of models that do gain from more threads: without the option, one for each core. */
    ModelOptions optionsOfLarge() {
        boolean isGiven = command.commandLine().getParseResult().hasMatchedOption("--threads");
        return isGiven ? options() : ModelOptions.DEFAULT;
    }

    ModelOptions options() {
        return Usage.value(command, "--threads", () -> ModelOptions.DEFAULT.withThreads(threads));
    }
}
