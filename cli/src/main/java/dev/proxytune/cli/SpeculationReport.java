package dev.proxytune.cli;

import dev.proxytune.GuessCounts;
import dev.proxytune.cli.SpeculationBenchmark.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** Print what {@code bench speculate} finds, as tables or as one JSON object. */
final class SpeculationReport {
    private static final List<String> ROLES = List.of("target", "expert", "anti-expert");

    private final Console console;
    private final boolean json;
    private final Optional<SpeculationBound> bound;
    private final List<Map<String, @Nullable Object>> objects = new ArrayList<>();

    /**
     * Begin a report.
     *
     * @param bound what is possible at best, if what is reported is a simulation
     */
    SpeculationReport(Console console, boolean json, Optional<SpeculationBound> bound) {
        this.console = console;
        this.json = json;
        this.bound = bound;
        if (!json) {
            bound.ifPresent(this::describe);
        }
    }

    private void describe(SpeculationBound best) {
        var text = new StringBuilder(String.format(
                Locale.ROOT, "simulated: answers are made up, guesses right with a chance of %s%n", best.acceptance()));
        for (int role = 0; role < ROLES.size(); role++) {
            String costs = DoubleStream.of(best.costs().get(role))
                    .mapToObj(cost -> String.format(Locale.ROOT, "%.2f", cost))
                    .collect(Collectors.joining(" "));
            text.append(String.format(Locale.ROOT, "ms of 1, 2, 3 ... rows, %s: %s%n", ROLES.get(role), costs));
        }
        console.print(text.append(String.format(
                        Locale.ROOT,
                        "so a token takes %.3f ms at best, with %d guesses%n",
                        best.millis(best.bestGuesses()),
                        best.bestGuesses()))
                .toString());
    }

    /** Add what was found at a temperature. */
    void add(float temperature, List<Result> results) {
        if (json) {
            results.forEach(result -> objects.add(object(temperature, result)));
        } else {
            print(temperature, results);
        }
    }

    /** Print what waits for the end. */
    void end(int rounds) {
        if (!json) {
            return;
        }
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("machine", Machine.describe());
        object.put("rounds", rounds);
        bound.ifPresent(best -> {
            object.put("simulated_acceptance", best.acceptance());
            object.put("best_guesses", best.bestGuesses());
            for (int role = 0; role < ROLES.size(); role++) {
                object.put(
                        ROLES.get(role).replace('-', '_') + "_row_ms",
                        best.costs().get(role));
            }
        });
        object.put("results", objects);
        console.print(Json.line(object));
    }

    private Map<String, @Nullable Object> object(float temperature, Result result) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("temperature", Json.number(temperature));
        object.put("contender", result.name());
        object.put("ms_per_token", Json.number(result.millis()));
        object.put("least_ms_per_token", Json.number(result.least()));
        object.put("ratio", Json.number(result.ratio()));
        object.put("best_ratio", Json.number(result.best()));
        object.put("steps", result.counts().steps());
        object.put("tokens", result.counts().tokens());
        object.put("guesses", result.counts().guesses());
        object.put("hits", result.counts().hits());
        object.put("changed_answers", result.changed());
        bound.ifPresent(best -> object.put("bound_ms_per_token", Json.number(best.millis(result.name()))));
        return object;
    }

    private void print(float temperature, List<Result> results) {
        var table = new StringBuilder(String.format(
                Locale.ROOT,
                "temperature %-8s %12s %10s %10s %14s %13s %16s%s%n",
                temperature,
                "ms a token",
                "off ÷ it",
                "at best",
                "tokens a step",
                "right guesses",
                "changed answers",
                bound.isPresent() ? String.format(Locale.ROOT, "%15s", "bound ÷ best") : ""));
        for (Result result : results) {
            GuessCounts counts = result.counts();
            table.append(String.format(
                    Locale.ROOT,
                    "%-20s %12.3f %10.3f %10.3f %14.2f %13s %16d%s%n",
                    result.name(),
                    result.millis(),
                    result.ratio(),
                    result.best(),
                    (double) counts.tokens() / Math.max(1, counts.steps()),
                    counts.guesses() == 0
                            ? ""
                            : String.format(Locale.ROOT, "%.0f %%", 100.0 * counts.hits() / counts.guesses()),
                    result.changed(),
                    bound.map(best -> String.format(Locale.ROOT, "%15.3f", best.millis(result.name()) / result.least()))
                            .orElse("")));
        }
        console.print(table.toString());
    }
}
