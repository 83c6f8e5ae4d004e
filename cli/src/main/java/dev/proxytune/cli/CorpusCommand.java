package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.family.FamilySizes;
import dev.proxytune.family.FamilyTexts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Write what the shipped family is made from and measured with. */
@Command(
        name = "corpus",
        sortOptions = false,
        description = "Write the texts, tuning data and questions that the shipped family is made from.",
        footer = {
            "",
            "The same seed and sizes give the same files on every machine with the same JDK, whose names of",
            "countries, languages and currencies they tell."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class CorpusCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "Folder for the files; it is made if need be.")
    private Path out;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "1",
            description = "What chance starts from; ${DEFAULT-VALUE} by default, as for the shipped family.")
    private long seed;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            defaultValue = "16000000",
            description = "About how many tokens of base texts, at 3 characters each; ${DEFAULT-VALUE} by default.")
    private long tokens;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often the tuning data ask for each fact; ${DEFAULT-VALUE} by default.")
    private int repeats;

    @Option(
            names = "--questions",
            paramLabel = "N",
            defaultValue = "600",
            description = "Questions in each suite, an even number; ${DEFAULT-VALUE} by default.")
    private int questions;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Mixin(name = "Help")
    private HelpMixin help;

    CorpusCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        FamilySizes sizes = Usage.value(
                command, "--tokens, --repeats, --questions", () -> new FamilySizes(tokens, repeats, questions));
        if (!force) {
            refuseToReplace();
        }
        FamilyTexts.write(out, seed, sizes);
        for (Path file : FamilyTexts.files()) {
            console.print(out.resolve(file) + "\n");
        }
        return ExitCodes.OK;
    }

    private void refuseToReplace() {
        for (Path file : FamilyTexts.files()) {
            Path place = out.resolve(file);
            if (Files.exists(place)) {
                throw new ProxyTuneException(place + " exists; --force replaces it and the other files");
            }
        }
    }
}
