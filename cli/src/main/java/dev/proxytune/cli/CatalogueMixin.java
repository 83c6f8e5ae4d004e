package dev.proxytune.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Declare the option that names one more catalogue of trios. */
@Command
final class CatalogueMixin {
    @Option(
            names = "--catalogue",
            paramLabel = "PLACE",
            description = "A file or a web address with more trios, beside those of the project and of"
                    + " ~/.config/proxytune/trios.json.")
    private @Nullable String place;

    Optional<String> place() {
        return Optional.ofNullable(place);
    }
}
