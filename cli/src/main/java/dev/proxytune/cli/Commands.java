package dev.proxytune.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Put the command line together; a new command is a class and a line here. */
final class Commands {
    private static final int HELP_WIDTH = 100;

    private Commands() {}

    static CommandLine create(Console console, ModelLoader loader, Errors errors, EnvironmentDefaults defaults) {
        var root = new CommandLine(new RootCommand());
        root.addSubcommand(new DemoCommand(console, loader));
        root.addSubcommand(new GenerateCommand(console, loader));
        root.addSubcommand(new ChatCommand(console, loader));
        root.addSubcommand(new CommandLine(new RunCommand()).setStopAtPositional(true));
        root.addSubcommand(new ServeCommand(console, loader));
        root.addSubcommand(BatchCommand.create(console, loader));
        root.addSubcommand(new InspectCommand(console, loader));
        root.addSubcommand(new TemplateCommand(console));
        root.addSubcommand(new ConvertCommand(console));
        root.addSubcommand(new PullCommand(console));
        root.addSubcommand(new ListCommand(console));
        root.addSubcommand(new RmCommand(console));
        root.addSubcommand(new CommandLine(new TriosCommand(console)).addSubcommand(new TriosCheckCommand(console)));
        root.addSubcommand(new QuantizeCommand(console));
        root.addSubcommand(new TuneCommand(console));
        root.addSubcommand(new PretrainCommand(console));
        root.addSubcommand(new CorpusCommand(console));
        root.addSubcommand(new ReproduceCommand(console, loader));
        root.addSubcommand(new EvalCommand(console, loader));
        root.addSubcommand(new ScoreCommand(console));
        root.addSubcommand(new ReportCommand(console));
        root.addSubcommand(new DoctorCommand(console));
        root.addSubcommand(new CommandLine(new BenchCommand(console))
                .addSubcommand(new BenchLoopCommand(console))
                .addSubcommand(new BenchSpeculateCommand(console))
                .addSubcommand(new BenchEvalCommand(console))
                .addSubcommand(new BenchServeCommand(console))
                .addSubcommand(new BenchSplitCommand(console, loader))
                .addSubcommand(new BenchTrainCommand(console)));
        root.addSubcommand(new CompletionCommand(console));
        root.addSubcommand(new CommandLine.HelpCommand());
        configure(root, console, errors, defaults);
        // Its options take as many files as there are up to the next one.
        Objects.requireNonNull(root.getSubcommands().get(ReportCommand.NAME)).setAllowOptionsAsOptionParameters(false);
        root.getSubcommands().values().forEach(command -> {
            command.setDefaultValueProvider(defaults);
            command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new GroupedHelp());
        });
        return root;
    }

    private static void configure(CommandLine root, Console console, Errors errors, EnvironmentDefaults defaults) {
        IParameterExceptionHandler wrongUsage = errors;
        root.setParameterExceptionHandler(wrongUsage);
        root.setExecutionExceptionHandler(errors);
        root.setDefaultValueProvider(defaults);
        root.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        root.setUsageHelpWidth(HELP_WIDTH);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        // Any text can be a prompt, and "-ngl" is one option, not three.
        root.setExpandAtFiles(false);
        root.setAllowOptionsAsOptionParameters(true);
        root.setPosixClusteredShortOptionsAllowed(false);
        root.setOut(console.out());
        root.setErr(console.err());
    }
}
