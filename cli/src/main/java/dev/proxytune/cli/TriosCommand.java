package dev.proxytune.cli;

import dev.proxytune.hub.ModelHub;
import dev.proxytune.hub.Trio;
import dev.proxytune.hub.TrioCatalogue;
import dev.proxytune.hub.TrioFormats;
import dev.proxytune.hub.TrioPart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tell which trios there are, and which of them fit this machine. */
@Command(
        name = "trios",
        sortOptions = false,
        description = "List the trios of the catalogues, and which of them fit this machine's memory.",
        customSynopsis = {"proxytune trios [NAME...] [OPTION...]", "proxytune trios check NAME [OPTION...]"},
        footer = {
            "",
            "'proxytune run NAME' or 'generate --trio NAME' uses one, and fetches what is missing. 'unverified' says",
            "that nobody has compared the vocabularies: 'proxytune trios check NAME' does, by the headers alone."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class TriosCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "0..*", paramLabel = "NAME", description = "Tell of these trios only.")
    private List<String> names = new ArrayList<>();

    @Mixin(name = "Catalogues")
    private CatalogueMixin catalogue;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    TriosCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var hub = new Hub(console);
        TrioCatalogue known = Trios.load(hub, catalogue.place(), console);
        Collection<Trio> trios =
                names.isEmpty() ? known.all() : names.stream().map(known::get).toList();
        OptionalLong memory = Machine.memoryBytes();
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("memory_bytes", memory.isPresent() ? memory.getAsLong() : null);
            object.put(
                    "trios",
                    trios.stream()
                            .map(trio -> object(trio, hub.models(), memory))
                            .toList());
            console.print(Json.line(object));
        } else {
            trios.forEach(trio -> console.print(text(trio, hub.models(), memory)));
        }
        return ExitCodes.OK;
    }

    private static String text(Trio trio, ModelHub hub, OptionalLong machine) {
        OptionalLong memory = trio.memory(hub);
        String size = memory.isEmpty()
                ? "memory unknown"
                : "about " + Sizes.bytes(memory.getAsLong())
                        + (fits(memory, machine) ? ", fits this machine" : ", too large for this machine");
        return String.format(
                Locale.ROOT,
                "%s  %s%s%n  target       %s%n  expert       %s%n  anti-expert  %s%n%s  alpha %s; %s%n  %s%n%n",
                trio.name(),
                size,
                trio.unverified().map(what -> "; unverified: " + what).orElse(""),
                text(trio.target(), hub),
                text(trio.expert(), hub),
                text(trio.antiExpert(), hub),
                text(trio.formats()),
                Float.toString(trio.alpha()).replaceFirst("\\.0$", ""),
                trio.license(),
                trio.why());
    }

    private static String text(TrioFormats formats) {
        return formats.isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT,
                        "  formats      target %s, expert %s, anti-expert %s%n",
                        formats.target().orElse("-"),
                        formats.expert().orElse("-"),
                        formats.antiExpert().orElse("-"));
    }

    private static String text(TrioPart part, ModelHub hub) {
        boolean here = part.reference()
                .map(reference -> hub.find(reference).isPresent())
                .orElse(true);
        return part.model()
                + part.format()
                        .filter(format -> !part.model().endsWith(":" + format))
                        .map(format -> " (" + format + ")")
                        .orElse("")
                + (here ? "" : ", to be fetched");
    }

    private static boolean fits(OptionalLong memory, OptionalLong machine) {
        return memory.isPresent() && machine.isPresent() && memory.getAsLong() <= machine.getAsLong();
    }

    private static Map<String, @Nullable Object> object(Trio trio, ModelHub hub, OptionalLong machine) {
        OptionalLong memory = trio.memory(hub);
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("name", trio.name());
        object.put("target", object(trio.target()));
        object.put("expert", object(trio.expert()));
        object.put("anti_expert", object(trio.antiExpert()));
        object.put("formats", object(trio.formats()));
        object.put("alpha", trio.alpha());
        object.put("why", trio.why());
        object.put("license", trio.license());
        object.put("unverified", trio.unverified().orElse(null));
        object.put("memory_bytes", memory.isPresent() ? memory.getAsLong() : null);
        object.put("fits", (memory.isPresent() && machine.isPresent()) ? fits(memory, machine) : null);
        object.put("catalogue", trio.origin());
        return object;
    }

    private static Map<String, @Nullable Object> object(TrioFormats formats) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("target", formats.target().orElse(null));
        object.put("expert", formats.expert().orElse(null));
        object.put("anti_expert", formats.antiExpert().orElse(null));
        return object;
    }

    private static Map<String, @Nullable Object> object(TrioPart part) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("model", part.model());
        object.put("format", part.format().orElse(null));
        return object;
    }
}
