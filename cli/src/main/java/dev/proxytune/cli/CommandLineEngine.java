package dev.proxytune.cli;

import dev.proxytune.batch.BatchEngine;
import dev.proxytune.batch.EngineSource;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Opens, on whatever machine, the engine that a command line asks for.
 *
 * @param folder where the command was typed; files are looked for from there
 * @param args the arguments of the program
 */
record CommandLineEngine(String folder, List<String> args) implements EngineSource {
    private static final Pattern TEMPLATE = Pattern.compile("((?:.*=)?chat-file=)(.+)");

    CommandLineEngine {
        // Lists of other kinds may not be fit to travel.
        args = new ArrayList<>(args);
    }

    /** Take what was typed, and what the environment of this machine says. */
    static CommandLineEngine of(CommandSpec command) {
        Path folder = Path.of("").toAbsolutePath();
        List<String> typed = command.root().commandLine().getParseResult().originalArgs();
        List<String> args = new ArrayList<>();
        for (String arg : typed) {
            var template = TEMPLATE.matcher(arg);
            args.add(template.matches() ? template.group(1) + folder.resolve(template.group(2)) : arg);
        }
        for (OptionSpec option : command.options()) {
            String value = defaultOf(command, option);
            if (value != null && !Usage.isGiven(command, option.longestName())) {
                args.add(option.longestName() + "=" + value.replace("$${", "${"));
            }
        }
        return new CommandLineEngine(folder.toString(), args);
    }

    private static @Nullable String defaultOf(CommandSpec command, OptionSpec option) {
        try {
            return command.defaultValueProvider().defaultValue(option);
        } catch (Exception e) {
            // Declared by picocli's interface; ours throws none.
            throw new IllegalStateException(e);
        }
    }

    @Override
    public BatchEngine open() {
        Console console = Console.system();
        // What the environment says there was said where the command was typed.
        var nowhere = new Console(
                InputStream.nullInputStream(),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream(),
                Terminals.NONE,
                Map.of());
        var defaults = new EnvironmentDefaults(nowhere);
        CommandLine root = Commands.create(console, new LlamaLoader(), new Errors(console, defaults), defaults);
        root.registerConverter(Path.class, this::path);
        root.parseArgs(args.toArray(String[]::new));
        BatchCommand command =
                root.getParseResult().subcommand().commandSpec().commandLine().getCommand();
        return command.open();
    }

    /** References to the hub are no files. */
    private Path path(String text) {
        Path there = Path.of(folder).resolve(text);
        return Files.exists(there) ? there : Path.of(text);
    }
}
