package dev.proxytune.cli;

import dev.proxytune.hub.CachedModel;
import dev.proxytune.hub.ModelHub;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tell which models are in the cache. */
@Command(
        name = "list",
        sortOptions = false,
        description = "List the GGUF models in the Hugging Face cache.",
        footer = {"", "Models that huggingface_hub or llama.cpp fetched are listed too."})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ListCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

    private final Console console;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    ListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ModelHub hub = new Hub(console).models();
        List<CachedModel> models = hub.list();
        List<ModelHub.Unfinished> unfinished = hub.unfinished();
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("cache", hub.settings().cache().toString());
            object.put("models", models.stream().map(ListCommand::object).toList());
            object.put(
                    "unfinished",
                    unfinished.stream()
                            .map(one -> Map.of(
                                    "repository", one.repository(), "bytes", one.bytes(), "others", one.others()))
                            .toList());
            console.print(Json.line(object));
            return ExitCodes.OK;
        }
        if (models.isEmpty()) {
            console.say("there is no GGUF model in " + hub.settings().cache());
        }
        console.print(table(models));
        unfinished.forEach(this::tell);
        return ExitCodes.OK;
    }

    private void tell(ModelHub.Unfinished one) {
        if (one.bytes() > 0) {
            console.say("unfinished downloads of " + one.repository() + ": " + Sizes.bytes(one.bytes())
                    + " ('proxytune pull' goes on, 'proxytune rm --all' removes them)");
        }
        if (one.others() > 0) {
            console.say("unfinished downloads of " + one.repository() + " left by another program: "
                    + Sizes.bytes(one.others()) + " ('proxytune rm --all' removes them)");
        }
    }

    private static String table(List<CachedModel> models) {
        int widest = models.stream()
                .mapToInt(model -> model.reference().length())
                .max()
                .orElse(0);
        var text = new StringBuilder();
        for (CachedModel model : models) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-" + Math.max(1, widest) + "s  %-10s %10s  %s%s%n",
                    model.reference(),
                    model.quantization().orElse("?"),
                    Sizes.bytes(model.bytes()),
                    TIME.format(model.time().atZone(ZoneId.systemDefault())),
                    model.complete() ? "" : "  parts are missing"));
        }
        return text.toString();
    }

    private static Map<String, @Nullable Object> object(CachedModel model) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("reference", model.reference());
        object.put("repository", model.repository());
        object.put("commit", model.commit());
        object.put("revisions", model.revisions());
        object.put("path", model.path());
        object.put("quantization", model.quantization().orElse(null));
        object.put("bytes", model.bytes());
        object.put("time", model.time().toString());
        object.put("complete", model.complete());
        object.put("file", model.file().toString());
        return object;
    }
}
