package dev.proxytune.cli;

import dev.proxytune.VocabularyMatch;
import dev.proxytune.hub.Trio;
import dev.proxytune.hub.TrioCheck;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compare the vocabularies of a trio. */
@Command(
        name = "check",
        sortOptions = false,
        description = "Compare the vocabularies of a trio by the headers of its files, fetching no weights.",
        footer = {"", "A verdict, whichever it is, is an answer: the exit code is 0; 1 if a header cannot be read."})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class TriosCheckCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "NAME", description = "A trio, as 'trios' lists it.")
    private String name;

    @Mixin(name = "Catalogues")
    private CatalogueMixin catalogue;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    TriosCheckCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var hub = new Hub(console);
        Trio trio = Trios.load(hub, catalogue.place(), console).get(name);
        TrioCheck check =
                hub.watched((listener, cancellation) -> TrioCheck.of(trio, hub.models(), listener, cancellation));
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("name", trio.name());
            object.put("fits", check.fits());
            object.put("target", object(check.target()));
            object.put("expert", object(check.expert()));
            object.put("anti_expert", object(check.antiExpert()));
            console.print(Json.line(object));
        } else {
            console.print(String.format(
                    Locale.ROOT,
                    "target       %s%nexpert       %s%n             %s%nanti-expert  %s%n             %s%n%s: %s%n",
                    text(check.target()),
                    text(check.expert().model()),
                    text(check.expert()),
                    text(check.antiExpert().model()),
                    text(check.antiExpert()),
                    trio.name(),
                    check.fits() ? "can be combined" : "cannot be combined"));
        }
        return ExitCodes.OK;
    }

    private static String text(TrioCheck.Model model) {
        return String.format(
                Locale.ROOT,
                "%s: %s, %s, %,d tokens",
                model.source(),
                model.architecture(),
                model.tokenizer(),
                model.tokens());
    }

    private static String text(TrioCheck.Compared compared) {
        if (!compared.sameTokenizer()) {
            return "cannot be combined: the tokenizers differ";
        }
        VocabularyMatch match = compared.match();
        return match.difference()
                .map(difference -> String.format(
                        Locale.ROOT,
                        "cannot be combined: token id %d is \"%s\" in the target and \"%s\" here",
                        difference.id(),
                        Escapes.escape(difference.first()),
                        Escapes.escape(difference.second())))
                .orElseGet(() -> String.format(
                        Locale.ROOT,
                        "can be combined: %,d ids shared, %,d more here",
                        match.shared(),
                        compared.model().tokens() - match.shared()));
    }

    private static Map<String, @Nullable Object> object(TrioCheck.Model model) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("source", model.source());
        object.put("architecture", model.architecture());
        object.put("tokenizer", model.tokenizer());
        object.put("tokens", model.tokens());
        return object;
    }

    private static Map<String, @Nullable Object> object(TrioCheck.Compared compared) {
        Map<String, @Nullable Object> object = object(compared.model());
        object.put("fits", compared.fits());
        object.put("shared_ids", compared.match().shared());
        object.put(
                "first_difference",
                compared.match().difference().map(TriosCheckCommand::object).orElse(null));
        return object;
    }

    private static Map<String, @Nullable Object> object(VocabularyMatch.Difference difference) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("id", difference.id());
        object.put("first", difference.first());
        object.put("second", difference.second());
        return object;
    }
}
