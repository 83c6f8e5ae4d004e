package dev.proxytune.cli;

import dev.proxytune.llama.ModelInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Print the tables of a benchmark as they come, or one JSON object at the end. */
final class BenchReport {
    /** What has too many lines for people. */
    private static final int MOST_COLUMNS = 10;

    private final Console console;
    private final boolean json;
    private final BenchMachine machine;
    private final Map<String, @Nullable Object> object = new LinkedHashMap<>();
    private final List<BenchTable> tables = new ArrayList<>();
    private String subject = "";

    BenchReport(Console console, boolean json, BenchMachine machine) {
        this.console = console;
        this.json = json;
        this.machine = machine;
    }

    /**
     * Say what is measured.
     *
     * @param name a name for the models
     * @param chance how often guesses are right, if that is simulated
     */
    void begin(String name, List<ModelInfo> infos, BenchSize size, Optional<Double> chance) {
        subject = "Models: "
                + infos.stream()
                        .map(info -> info.file().getFileName() + " (" + Sizes.count(info.parameters()) + " parameters, "
                                + info.quantization() + ")")
                        .collect(Collectors.joining(", "))
                + ". Medians of " + size.rounds() + (size.rounds() == 1 ? " round." : " rounds.");
        object.put("machine", machine.object());
        object.put("models", BenchTrioMixin.names(infos));
        object.put("label", name);
        object.put("rounds", size.rounds());
        object.put("tokens", size.tokens());
        object.put("simulated_acceptance", chance.orElse(null));
        if (!json) {
            console.print(machine.text() + "\n" + subject + "\n\n");
        }
    }

    /** Add a table. */
    void add(BenchTable table) {
        tables.add(table);
        object.put(table.key(), table.object());
        if (!json && isForPeople(table)) {
            console.print(table.text() + "\n");
        }
    }

    private static boolean isForPeople(BenchTable table) {
        return table.columns().size() <= MOST_COLUMNS;
    }

    /** Print what waits for the end. */
    void end() {
        if (json) {
            console.print(Json.line(object));
        }
    }

    /** Return all that people read as Markdown, with an empty line before and after. */
    String markdown() {
        return "\n" + BenchTable.wrapped(machine.text() + " " + subject) + "\n"
                + tables.stream()
                        .filter(BenchReport::isForPeople)
                        .map(BenchTable::markdown)
                        .collect(Collectors.joining("\n"))
                + "\n";
    }
}
