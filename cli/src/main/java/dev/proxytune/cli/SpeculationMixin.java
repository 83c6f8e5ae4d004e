package dev.proxytune.cli;

import dev.proxytune.Speculation;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the option for guessing ahead. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SpeculationMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--speculate",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "Guess tokens ahead and check several at once: auto, the default, as far as it pays; off; or"
                    + " how many each time, at most " + Speculation.MOST + ".")
    private String speculate;

    /** Return how far answers are guessed ahead. */
    Speculation speculation() {
        return switch (speculate.toLowerCase(Locale.ROOT)) {
            case "auto" -> Speculation.AUTO;
            case "off" -> Speculation.OFF;
            default -> number();
        };
    }

    private Speculation number() {
        try {
            return Speculation.of(Integer.parseInt(speculate));
        } catch (IllegalArgumentException e) {
            throw Usage.wrong(
                    command,
                    "--speculate must be auto, off or a number from 0 to " + Speculation.MOST + ", got: " + speculate);
        }
    }
}
