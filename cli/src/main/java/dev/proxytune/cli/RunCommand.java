package dev.proxytune.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Generate with a trio of the catalogue: another way to call {@code generate}. */
@Command(
        name = "run",
        sortOptions = false,
        description = "Generate an answer with a trio of the catalogue, fetching what is missing.",
        customSynopsis = "proxytune run TRIO [PROMPT] [OPTION...]",
        footer = {
            "",
            "The same as 'proxytune generate --trio TRIO -p PROMPT OPTION...', which explains the options; without",
            "PROMPT, they say where the prompt comes from. 'proxytune trios' lists the trios."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "TRIO", description = "A trio, as 'trios' lists it.")
    private String name;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "PROMPT",
            description = "The prompt, in one argument or more, and then options of generate.")
    private List<String> rest = new ArrayList<>();

    @Mixin(name = "Help")
    private HelpMixin help;

    @Override
    public Integer call() {
        int words = 0;
        while (words < rest.size() && !rest.get(words).startsWith("-")) {
            words++;
        }
        List<String> arguments = new ArrayList<>(List.of("--trio", name));
        if (words > 0) {
            arguments.add("-p");
            arguments.add(String.join(" ", rest.subList(0, words)));
        }
        arguments.addAll(rest.subList(words, rest.size()));
        CommandLine generate = Objects.requireNonNull(
                command.parent().commandLine().getSubcommands().get("generate"));
        return generate.execute(arguments.toArray(String[]::new));
    }
}
