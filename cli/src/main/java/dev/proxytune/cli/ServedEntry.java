package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.server.ServedModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * One of several models that are served: with options of its own, and those of the command line for all that can be
 * said of more than one model.
 */
@Command(name = "model")
@SuppressWarnings({"NullAway.Init", "NullAway"}) // picocli sets the fields, and takes null for no default
final class ServedEntry {
    /** What belongs to one model, and is never taken from the command line for all. */
    private static final Set<String> OWN = Set.of("--name", "--lora-scale");

    /** What has a meaning only for a model with experts. */
    private static final Set<String> PAIRED = Set.of("--alpha", "--expert-format", "--anti-expert-format");

    @Spec
    private CommandSpec command;

    @Option(names = "--name", paramLabel = "NAME", defaultValue = "", description = "What clients call the model.")
    private String name;

    @Mixin
    private ModelMixin models;

    @Mixin
    private EngineMixin engine;

    @Mixin
    private LogitsMixin logits;

    @Mixin
    private SpeculationMixin speculation;

    @Mixin
    private FormatMixin formats;

    @Mixin
    private DeviceMixin device;

    private ServedEntry() {}

    /**
     * Return the model that options describe.
     *
     * @param place what to blame for them, such as a file
     * @param options the options, each with its value: {@code --alpha=0.7}
     * @param all the command whose options count where the model has none of its own
     * @throws ParameterException if an option cannot be
     * @throws ProxyTuneException if a file is missing
     */
    static ServedModel served(
            String place, List<String> options, CommandSpec all, Console console, ModelLoader loader) {
        var entry = new ServedEntry();
        var line = commandLine(entry);
        try {
            boolean paired = hasPairs(options);
            var environment = all.commandLine().getDefaultValueProvider();
            line.setDefaultValueProvider(
                    argument -> environment != null && argument instanceof OptionSpec option && isShared(option, paired)
                            ? environment.defaultValue(argument)
                            : null);
            List<String> arguments = new ArrayList<>(inherited(line.getCommandSpec(), options, all));
            arguments.addAll(options);
            line.parseArgs(arguments.toArray(String[]::new));
            var mixins = new ServedMixins(
                    entry.command,
                    entry.models,
                    entry.engine,
                    entry.logits,
                    entry.speculation,
                    entry.formats,
                    entry.device);
            return mixins.named(entry.name, console, loader);
        } catch (ParameterException e) {
            throw new ParameterException(all.commandLine(), place + ": " + e.getMessage(), e);
        } catch (ProxyTuneException e) {
            throw new InputException(place + ": " + e.getMessage(), e);
        }
    }

    private static CommandLine commandLine(ServedEntry entry) {
        return new CommandLine(entry)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAllowOptionsAsOptionParameters(true)
                .setPosixClusteredShortOptionsAllowed(false)
                .setExpandAtFiles(false);
    }

    /** Return whether a file may have a key, such as {@code alpha} for {@code --alpha}. */
    static boolean isKey(String key) {
        return commandLine(new ServedEntry()).getCommandSpec().findOption("--" + key) != null;
    }

    /** Return the keys that a file may have. */
    static List<String> keys() {
        return commandLine(new ServedEntry()).getCommandSpec().options().stream()
                .map(option -> option.longestName().substring(2))
                .sorted()
                .toList();
    }

    /** Return whether a key stands for something that is there or not. */
    static boolean isFlag(String key) {
        OptionSpec option = commandLine(new ServedEntry()).getCommandSpec().findOption("--" + key);
        return option != null && option.typeInfo().isBoolean();
    }

    /** Return the options of the command line for all that one model does not overrule. */
    private static List<String> inherited(CommandSpec entry, List<String> own, CommandSpec all) {
        Set<OptionSpec> overruled = new HashSet<>();
        own.forEach(option -> {
            String name = option.replaceFirst("(?s)=.*", "");
            OptionSpec plain = entry.findOption(name);
            OptionSpec found = plain == null ? entry.findOption(name.replaceFirst("--no-", "--")) : plain;
            if (found != null) {
                overruled.add(found);
            }
        });
        boolean paired = hasPairs(own);
        List<String> arguments = new ArrayList<>();
        for (OptionSpec given : all.commandLine().getParseResult().matchedOptions()) {
            OptionSpec option = entry.findOption(given.longestName());
            if (option != null && !overruled.contains(option) && isShared(option, paired)) {
                arguments.addAll(written(given));
            }
        }
        return arguments;
    }

    private static boolean hasPairs(List<String> options) {
        return options.stream().anyMatch(option -> option.matches("(?s)--(trio|expert|anti-expert|expert-lora)=.*"));
    }

    /** Return whether an option for all counts for a model too. */
    private static boolean isShared(OptionSpec option, boolean paired) {
        String name = option.longestName();
        return !OWN.contains(name) && !ModelMixin.NAMING.contains(name) && (paired || !PAIRED.contains(name));
    }

    private static List<String> written(OptionSpec option) {
        if (option.typeInfo().isBoolean()) {
            boolean on = Boolean.TRUE.equals(option.getValue());
            return List.of(on ? option.longestName() : option.longestName().replaceFirst("--", "--no-"));
        }
        return option.originalStringValues().stream()
                .map(value -> option.longestName() + "=" + value)
                .toList();
    }
}
