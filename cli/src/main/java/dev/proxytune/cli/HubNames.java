package dev.proxytune.cli;

import dev.proxytune.hub.HubException;
import dev.proxytune.hub.ModelReference;
import picocli.CommandLine.Model.CommandSpec;

/** Read references from the command line. */
final class HubNames {
    private HubNames() {}

    /** Return the reference, or blame the command line for it. */
    static ModelReference reference(CommandSpec command, String text) {
        try {
            return ModelReference.parse(text);
        } catch (IllegalArgumentException | HubException e) {
            throw Usage.wrong(command, String.valueOf(e.getMessage()));
        }
    }
}
