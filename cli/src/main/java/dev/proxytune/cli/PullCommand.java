package dev.proxytune.cli;

import dev.proxytune.hub.LocalModel;
import dev.proxytune.hub.ModelHub;
import dev.proxytune.hub.ModelReference;
import java.util.ArrayList;
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

/** Fetch models into the cache. */
@Command(
        name = "pull",
        sortOptions = false,
        description = "Fetch models from the Hugging Face hub into its cache.",
        footer = {
            "",
            "REF is owner/repo, owner/repo:QUANT or owner/repo/file.gguf; @REVISION may follow the repository.",
            "Prints the path of each model. What is interrupted goes on where it was with the same command."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class PullCommand implements Callable<Integer> {
    private static final String CONNECTIONS = "--connections";

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "REF", arity = "1..*", description = "What to fetch.")
    private List<String> names;

    @Option(
            names = CONNECTIONS,
            paramLabel = "N",
            defaultValue = "4",
            description = "Connections for a large file, from 1 to 16; ${DEFAULT-VALUE} by default.")
    private int connections;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    PullCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<ModelReference> references =
                names.stream().map(name -> HubNames.reference(command, name)).toList();
        var hub = new Hub(console);
        ModelHub models = Usage.value(command, CONNECTIONS, () -> hub.models().withConnections(connections));
        List<Map<String, @Nullable Object>> pulled = new ArrayList<>();
        for (ModelReference reference : references) {
            LocalModel model = hub.watched((listener, cancellation) -> models.pull(reference, listener, cancellation));
            if (json) {
                pulled.add(object(model));
            } else {
                console.print(model.file() + "\n");
            }
        }
        if (json) {
            console.print(Json.line(Map.of("models", pulled)));
        }
        return ExitCodes.OK;
    }

    private static Map<String, @Nullable Object> object(LocalModel model) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("reference", model.reference().toString());
        object.put("commit", model.commit());
        object.put("files", model.files().stream().map(Object::toString).toList());
        return object;
    }
}
