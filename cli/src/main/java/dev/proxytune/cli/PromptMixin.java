package dev.proxytune.cli;

import dev.proxytune.PromptText;
import dev.proxytune.RoleText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for what each role reads before the common answer. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PromptMixin {
    private static final Path STDIN = Path.of("-");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The prompt. Without -p and -f it is read from standard input.")
    private @Nullable String prompt;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "A file with the prompt, taken to the byte; - for standard input.")
    private @Nullable Path file;

    @Option(
            names = "--expert-prompt",
            paramLabel = "TEXT",
            description = "What the expert reads instead, such as the prompt in its chat format. One for all pairs, or"
                    + " one for each.")
    private List<String> expertPrompts = new ArrayList<>();

    @Option(names = "--expert-file", paramLabel = "FILE", description = "A file with what the expert reads.")
    private List<Path> expertFiles = new ArrayList<>();

    @Option(names = "--anti-expert-prompt", paramLabel = "TEXT", description = "What the anti-expert reads instead.")
    private List<String> antiExpertPrompts = new ArrayList<>();

    @Option(names = "--anti-expert-file", paramLabel = "FILE", description = "A file with what the anti-expert reads.")
    private List<Path> antiExpertFiles = new ArrayList<>();

    @Option(
            names = {"-e", "--escape"},
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Replace \\n \\r \\t \\' \\\" \\\\ and \\xHH in texts of the command line; on by default.")
    private boolean escape;

    /** Refuse what does not fit the models, before anything is read. */
    void check(ModelPlan plan, Console console) {
        if (prompt != null && file != null) {
            boolean both = Usage.isGiven(command, "--prompt") == Usage.isGiven(command, "--file");
            Usage.require(!both, command, "Give the prompt by --prompt or by --file, not by both");
        }
        Usage.require(
                prompt != null || file != null || !console.terminals().in(),
                command,
                "A prompt is missing: add -p TEXT or -f FILE, or pipe it in");
        checkRole(Role.EXPERT, expertPrompts, expertFiles, plan);
        checkRole(Role.ANTI_EXPERT, antiExpertPrompts, antiExpertFiles, plan);
        long readers = Stream.of(
                        isFileUsed() && file != null ? List.of(file) : List.<Path>of(),
                        isPromptUsed() || isFileUsed() ? List.<Path>of() : List.of(STDIN),
                        expertFiles,
                        antiExpertFiles)
                .flatMap(List::stream)
                .filter(STDIN::equals)
                .count();
        Usage.require(readers <= 1, command, "Standard input can be only one of the prompts");
    }

    private void checkRole(Role role, List<String> texts, List<Path> files, ModelPlan plan) {
        String options = "--" + role + "-prompt and --" + role + "-file";
        int count = Math.max(texts.size(), files.size());
        Usage.require(texts.isEmpty() || files.isEmpty(), command, "Of " + options + ", only one kind can be given");
        Usage.require(
                count == 0 || plan.has(role),
                command,
                "There is no " + role + " to read a prompt of its own: add --" + role + ", or leave out " + options);
        Usage.require(
                count <= 1 || count == plan.pairs().size(),
                command,
                count + " prompts for the " + role + "s of " + plan.pairs().size()
                        + " pairs: give one for all, or one for each");
    }

    /**
     * Return what each role reads.
     *
     * @throws MalformedTextException if it is not UTF-8
     * @throws InputException if a file cannot be read
     */
    PromptText read(Console console) {
        String target;
        if (isPromptUsed() && prompt != null) {
            target = text(prompt, "--prompt");
        } else {
            target = Inputs.text(isFileUsed() && file != null ? file : STDIN, "prompt", console);
        }
        return new PromptText(
                RoleText.of(target),
                texts(Role.EXPERT, expertPrompts, expertFiles, console),
                texts(Role.ANTI_EXPERT, antiExpertPrompts, antiExpertFiles, console));
    }

    private List<RoleText> texts(Role role, List<String> texts, List<Path> files, Console console) {
        return Stream.concat(
                        texts.stream().map(text -> text(text, "--" + role + "-prompt")),
                        files.stream().map(path -> Inputs.text(path, role + " prompt", console)))
                .map(RoleText::of)
                .toList();
    }

    private String text(String given, String option) {
        if (!escape) {
            return given;
        }
        try {
            return Escapes.process(given, "The text of " + option + " with its escapes replaced");
        } catch (MalformedTextException e) {
            throw Usage.wrong(command, e);
        }
    }

    /** What stands on the command line wins over what comes from the environment. */
    private boolean isPromptUsed() {
        return prompt != null && (file == null || Usage.isGiven(command, "--prompt"));
    }

    private boolean isFileUsed() {
        return file != null && !isPromptUsed();
    }

    /** Return whether experts or anti-experts have prompts of their own, which need no more formatting. */
    boolean isByRole() {
        return Stream.of(expertPrompts, expertFiles, antiExpertPrompts, antiExpertFiles)
                .anyMatch(list -> !list.isEmpty());
    }

    boolean isEscaped() {
        return escape;
    }
}
