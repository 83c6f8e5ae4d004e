package dev.proxytune.cli;

import dev.proxytune.cli.BenchSetting.Found;
import dev.proxytune.cli.BenchTable.Column;
import dev.proxytune.cli.BenchTable.Line;
import dev.proxytune.cli.SpeculationBenchmark.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Arrange what was measured into tables. */
final class BenchTables {
    private static final double MEGABYTE = 1e6;
    private static final double BILLION = 1e9;

    private BenchTables() {}

    static BenchTable loop(LoopBenchmark.Result result) {
        return new BenchTable(
                "loop",
                "loop",
                List.of("The trio's loop against three bare decodes a token, each on a context of its own."),
                List.of(new Column("ms_per_token", "ms a token", 3), new Column("ratio", "bare ÷ it", 3)),
                List.of(
                        Line.of("three bare decodes", result.bare(), 1),
                        Line.of("trio, greedy", result.greedy(), result.greedyRatio()),
                        Line.of("trio, temperature 0.8, top-p 0.95", result.nucleus(), result.nucleusRatio())));
    }

    /**
     * Tell what memory a generation took, in bytes.
     *
     * @param peak the most that the process held
     */
    static BenchTable memory(double peak, double weights, double cache) {
        return new BenchTable(
                "memory",
                "memory",
                List.of(
                        "The most that the process held until its first answer; the rest is the JVM, llama.cpp's working"
                                + " buffers and the libraries."),
                List.of(
                        new Column("peak_rss_mb", "peak RSS, MB", 0),
                        new Column("weights_mb", "weights", 0),
                        new Column("kv_mb", "KV caches", 0),
                        new Column("rest_mb", "rest", 0)),
                List.of(Line.of(
                        "trio",
                        peak / MEGABYTE,
                        weights / MEGABYTE,
                        cache / MEGABYTE,
                        (peak - weights - cache) / MEGABYTE)));
    }

    /** Compare the ways of answering at a temperature, by how long whole answers take. */
    static BenchTable answers(float temperature, List<Found> found, List<String> notes) {
        List<Column> columns = found.stream()
                .map(one -> new Column(one.setting().key(), one.setting().name(), 3))
                .toList();
        List<Line> lines = new ArrayList<>();
        for (Result contender : found.getFirst().results()) {
            lines.add(new Line(
                    title(contender.name()),
                    found.stream()
                            .map(one -> one.of(contender.name()).whole().ratio())
                            .toList()));
        }
        lines.add(new Line(
                "auto ÷ best of off and fixed",
                found.stream().map(Found::autoShare).toList()));
        lines.add(new Line(
                "the same at best", found.stream().map(Found::autoShareAtBest).toList()));
        return new BenchTable(
                "answers_t" + temperature, "temperature " + temperature + ": off ÷ it", notes, columns, lines);
    }

    private static String title(String contender) {
        return switch (contender) {
            case SpeculationBenchmark.TARGET, SpeculationBenchmark.OFF, SpeculationBenchmark.AUTO -> contender;
            case "1" -> "1 guess";
            default -> contender + " guesses";
        };
    }

    /** Tell how many tokens a step yields. */
    static BenchTable steps(float temperature, List<Found> found) {
        List<Column> columns = found.stream()
                .map(one -> new Column(one.setting().key(), one.setting().name(), 2))
                .toList();
        List<Line> lines = new ArrayList<>();
        for (Result contender : found.getFirst().results()) {
            if (found.getFirst().of(contender.name()).counts().guesses() > 0) {
                lines.add(new Line(
                        title(contender.name()),
                        found.stream()
                                .map(one -> one.of(contender.name()).tokensPerStep())
                                .toList()));
            }
        }
        int changed = found.stream()
                .flatMap(one -> one.results().stream())
                .filter(result -> !result.name().equals(SpeculationBenchmark.TARGET))
                .mapToInt(Result::changed)
                .sum();
        return new BenchTable(
                "steps_t" + temperature,
                "temperature " + temperature + ": tokens a step",
                List.of(changed + " answers differ from those without guesses."),
                columns,
                lines);
    }

    /** Compare times of whole answers with those of the target alone, as the paper does. */
    static BenchTable times(List<Found> greedy) {
        List<Line> lines = greedy.stream()
                .map(found -> {
                    Result target = found.of(SpeculationBenchmark.TARGET);
                    Result off = found.of(SpeculationBenchmark.OFF);
                    Result auto = found.of(SpeculationBenchmark.AUTO);
                    return Line.of(
                            found.setting().name(),
                            target.whole().millis(),
                            off.whole().millis(),
                            auto.whole().millis(),
                            off.whole().slowdown(),
                            auto.whole().slowdown());
                })
                .toList();
        return new BenchTable(
                "times",
                "temperature " + greedy.getFirst().temperature() + ": ms an answer",
                List.of(
                        "The paper's own loop took 2.54, 2.32 and 2.45 times as long as its target of 13 billion parameters"
                                + " (8 → 512, 512 → 8, 8 → 8; table 12), 1.58, 1.42 and 1.63 times as long as that of 70"
                                + " billion."),
                List.of(
                        new Column("target_ms", "target alone", 2),
                        new Column("off_ms", "trio", 2),
                        new Column("auto_ms", "trio, auto", 2),
                        new Column("off_slowdown", "trio ÷ target", 3),
                        new Column("auto_slowdown", "auto ÷ target", 3)),
                lines);
    }

    /** Hold all that was found of answers, for programs. */
    static BenchTable details(List<Found> all) {
        List<Line> lines = new ArrayList<>();
        for (Found found : all) {
            for (Result result : found.results()) {
                lines.add(Line.of(
                        found.setting().key() + " t" + found.temperature() + " " + result.name(),
                        result.whole().millis(),
                        result.whole().least(),
                        result.whole().ratio(),
                        result.whole().slowdown(),
                        result.whole().toAuto(),
                        result.millis(),
                        result.least(),
                        result.ratio(),
                        result.best(),
                        (double) result.counts().steps(),
                        (double) result.counts().tokens(),
                        (double) result.counts().guesses(),
                        (double) result.counts().hits(),
                        // The target alone says something else anyway.
                        result.name().equals(SpeculationBenchmark.TARGET) ? Double.NaN : result.changed()));
            }
        }
        List<Column> columns = Stream.of(
                        "ms_per_answer",
                        "least_ms_per_answer",
                        "ratio",
                        "slowdown",
                        "to_auto",
                        "decode_ms_per_token",
                        "least_decode_ms_per_token",
                        "decode_ratio",
                        "least_decode_ratio",
                        "steps",
                        "tokens",
                        "guesses",
                        "hits",
                        "changed_answers")
                .map(key -> new Column(key, key, 3))
                .toList();
        return new BenchTable("answers", "all answers", List.of(), columns, lines);
    }

    static BenchTable batches(List<BatchBenchmark.Result> results) {
        return new BenchTable(
                "batches",
                "answers side by side",
                List.of("No guesses; gains are against one answer at a time."),
                List.of(
                        new Column("tokens_per_s", "tokens/s", 1),
                        new Column("bare_tokens_per_s", "bare llama.cpp", 1),
                        new Column("gain", "gain", 3),
                        new Column("bare_gain", "bare gain", 3),
                        new Column("gain_to_bare_gain", "gain ÷ bare gain", 3)),
                results.stream()
                        .map(result -> Line.of(
                                Integer.toString(result.count()),
                                result.ours(),
                                result.bare(),
                                result.gain(),
                                result.bareGain(),
                                result.gain() / result.bareGain()))
                        .toList());
    }

    /** Compare what prompts take, by their lengths. */
    static BenchTable prefill(Map<Integer, PrefillBenchmark.Result> results) {
        return new BenchTable(
                "prefill",
                "prompt, to the first token",
                List.of(),
                List.of(
                        new Column("first_token_ms", "ms, trio", 2),
                        new Column("target_first_token_ms", "target alone", 2),
                        new Column("bare_first_token_ms", "bare llama.cpp", 2),
                        new Column("tokens_per_s", "tokens/s, trio", 0),
                        new Column("ratio", "bare ÷ trio", 3),
                        new Column("slowdown", "trio ÷ target", 3)),
                results.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> {
                            PrefillBenchmark.Result result = entry.getValue();
                            return Line.of(
                                    entry.getKey() + " tokens",
                                    result.trio(),
                                    result.target(),
                                    result.bare(),
                                    entry.getKey() / result.trio() * 1e3,
                                    result.bareRatio(),
                                    result.slowdown());
                        })
                        .toList());
    }

    /**
     * Name a phase.
     *
     * @param work what it cannot do without
     * @param millis what it took
     */
    record Phase(String name, ModelCost.Work work, double millis) {}

    /**
     * Compare phases with what the machine allows.
     *
     * @param inCache whether all models fit into the processor's last cache
     * @param atOnce how many times as many multiply-adds as those of 32-bit numbers an instruction does
     */
    static BenchTable bounds(List<Phase> phases, MachineLimits limits, boolean inCache, int atOnce) {
        double readRate = inCache ? limits.weightRate() : limits.memoryRate();
        double computeRate = limits.multiplyAdds() * atOnce;
        String read = String.format(
                Locale.ROOT,
                "%d thread%s read %.1f GB/s of 256 MB, and %.1f of as much as the models have (by comparing arrays).",
                limits.threads(),
                limits.threads() == 1 ? "" : "s",
                limits.memoryRate() / BILLION,
                limits.weightRate() / BILLION);
        String computed = String.format(
                Locale.ROOT,
                "They do %.0f billion multiply-adds of 32-bit numbers a second (a loop in Java)%s.",
                limits.multiplyAdds() / BILLION,
                atOnce == 1
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; of bytes, as weights are stored, an instruction does %d times as many, so %.0f are taken",
                                atOnce,
                                computeRate / BILLION));
        String cached = inCache
                ? "The models fit into the processor's last cache, so the bound is that of reading from there."
                : "The models do not fit into the processor's caches, so the bound is that of memory.";
        return new BenchTable(
                "bounds",
                "physical bound",
                List.of(read, computed, cached),
                List.of(
                        new Column("read_mb", "MB read", 1),
                        new Column("multiply_adds_m", "million multiply-adds", 1),
                        new Column("reading_ms", "reading, ms", 3),
                        new Column("computing_ms", "computing, ms", 3),
                        new Column("measured_ms", "measured, ms", 3),
                        new Column("share", "bound ÷ measured", 2)),
                phases.stream()
                        .map(phase -> Line.of(
                                phase.name(),
                                phase.work().bytes() / MEGABYTE,
                                phase.work().multiplyAdds() / 1e6,
                                phase.work().readingMillis(readRate),
                                phase.work().computingMillis(computeRate),
                                phase.millis(),
                                phase.work().leastMillis(readRate, computeRate) / phase.millis()))
                        .toList());
    }

    /** Compare answers that are guessed ahead with what the costs of rows allow. */
    static BenchTable guessing(SpeculationBound bound, Found found, boolean simulated) {
        Result off = found.of(SpeculationBenchmark.OFF);
        Result auto = found.of(SpeculationBenchmark.AUTO);
        double plain = bound.millis(0);
        double best = bound.millis(bound.bestGuesses());
        return new BenchTable(
                "guessing_bound",
                "bound by the costs of rows",
                List.of(String.format(
                        Locale.ROOT,
                        "%s: %.0f %% of the guesses are right if those before are%s; with what decodes of 1 to 17 rows"
                                + " cost each model alone, %d guesses are best. Who stops where the expert is unsure can"
                                + " be faster.",
                        found.setting().name(),
                        100 * bound.acceptance(),
                        simulated ? " (simulated)" : "",
                        bound.bestGuesses())),
                List.of(
                        new Column("bound_ms", "bound, ms a token", 3),
                        new Column("measured_ms", "measured", 3),
                        new Column("share", "bound ÷ measured", 2)),
                List.of(
                        Line.of("trio", plain, off.least(), plain / off.least()),
                        Line.of("trio, auto", best, auto.least(), best / auto.least())));
    }
}
