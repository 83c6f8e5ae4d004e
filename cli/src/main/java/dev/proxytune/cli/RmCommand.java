package dev.proxytune.cli;

import dev.proxytune.hub.ModelHub;
import dev.proxytune.hub.ModelReference;
import dev.proxytune.hub.Removal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Remove models from the cache. */
@Command(
        name = "rm",
        sortOptions = false,
        description = "Remove models from the Hugging Face cache.",
        footer = {"", "Nothing is asked. Contents that another snapshot uses stay, as do files that are no GGUF models."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class RmCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "REF", arity = "1..*", description = "What to remove, as 'list' names it.")
    private List<String> names;

    @Option(
            names = "--all",
            description = "Remove all GGUF models of the repository, of all commits, and its unfinished downloads.")
    private boolean all;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    RmCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<ModelReference> references =
                names.stream().map(name -> HubNames.reference(command, name)).toList();
        references.forEach(reference -> Usage.require(
                !all || (reference.file().isEmpty() && reference.quantization().isEmpty()),
                command,
                "--all removes what is there of a repository; name only owner/repo, not " + reference));
        ModelHub hub = new Hub(console).models();
        for (ModelReference reference : references) {
            Removal removal = all ? hub.removeAll(reference.repository()) : hub.remove(reference);
            console.print(json ? Json.line(object(reference, removal)) : text(reference, removal));
        }
        return ExitCodes.OK;
    }

    private static String text(ModelReference reference, Removal removal) {
        return "removed " + reference + " (" + String.join(", ", removal.paths()) + "), freed "
                + Sizes.bytes(removal.bytes())
                + (removal.kept() == 0 ? "" : "; " + removal.kept() + " files stay, as other snapshots use them")
                + "\n";
    }

    private static Map<String, @Nullable Object> object(ModelReference reference, Removal removal) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("reference", reference.toString());
        object.put("paths", removal.paths());
        object.put("freed_bytes", removal.bytes());
        object.put("kept", removal.kept());
        return object;
    }
}
