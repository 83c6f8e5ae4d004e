package dev.proxytune.cli;

import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Take an option that is not given from the environment: {@code --ctx-size} from {@code PROXYTUNE_CTX_SIZE}. */
final class EnvironmentDefaults implements IDefaultValueProvider {
    private final Console console;

    EnvironmentDefaults(Console console) {
        this.console = console;
    }

    // Null is picocli's word for "no default here".
    @Override
    @SuppressWarnings("NullAway")
    public String defaultValue(ArgSpec argument) {
        return variable(argument)
                .flatMap(console::variable)
                // picocli would put system properties in for what is not written so.
                .map(value -> value.replace("${", "$${"))
                .orElse(null);
    }

    /** Return the name of the variable that is set for an option, if one is. */
    Optional<String> variable(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return Optional.empty();
        }
        for (String name : option.names()) {
            if (name.startsWith("--")) {
                String variable =
                        "PROXYTUNE_" + name.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
                if (console.variable(variable).isPresent()) {
                    return Optional.of(variable);
                }
            }
        }
        return Optional.empty();
    }
}
