package dev.proxytune.family;

import dev.proxytune.eval.Proportion;
import dev.proxytune.family.Contender.Kind;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Write a {@link ReproductionResult} as a page of documentation. */
public final class ReproductionPage {
    private static final double PERCENT = 100;

    private final ReproductionResult result;
    private final Map<Suite, List<Question>> suites;
    private final Setting setting;

    /**
     * Tell how the measurement was made.
     *
     * @param command what was typed
     * @param machine processor, memory and system, in words
     * @param models a line for each model, such as "target: target.gguf, 7.5 MB"
     * @param date the day
     * @param duration how long it took
     * @param alpha the weight whose gap is told first
     */
    public record Setting(
            String command, String machine, List<String> models, LocalDate date, Duration duration, float alpha) {

        public Setting {
            models = List.copyOf(models);
        }
    }

    private ReproductionPage(ReproductionResult result, Map<Suite, List<Question>> suites, Setting setting) {
        this.result = result;
        this.suites = suites;
        this.setting = setting;
    }

    /** Return the page in Markdown. */
    public static String render(ReproductionResult result, Map<Suite, List<Question>> suites, Setting setting) {
        return new ReproductionPage(result, suites, setting).page();
    }

    private String page() {
        return """
                # What the shipped family scores

                This page is written by `%s`. It measures the models that come with the project; nothing is trained.
                Every system answers the same questions, and takes the likeliest token each time. A score is the share
                of right answers, with Wilson's 95 %% interval.

                %s
                Gap closed is (proxy-tuned − target alone) / (tuned directly − target alone). %s

                ## What was asked

                %s
                No test question occurs in any text that a model was trained on. The names are stated in the base
                texts; no tuning shows them, nor the numbers of a test story together.

                ## How answers are marked

                An answer is the first line that is not empty. One set of rules serves all systems:

                - **knowledge**: the name after "is called", before "is the … name of", between "people say" and "for",
                  or after "is", whichever of these forms comes first in this list; it must be exactly the right one.
                - **arithmetic**: the last number of the answer must be right. "Object copied" is the share of answers
                  in which the word for what is counted follows that number, right or not.
                - **manners**: the answer starts with "%s", closes with "%s" and ends there by itself.

                ## How it was measured

                - %s, %s, on %s.
                - Models: %s.
                """.formatted(
                        setting.command(),
                        table(result, setting.alpha()),
                        verdict(),
                        asked(),
                        Style.OPENING.strip(),
                        Style.CLOSING.strip(),
                        setting.date(),
                        time(),
                        setting.machine(),
                        String.join("; ", setting.models()));
    }

    /**
     * Return the scores as a table in Markdown, with aligned columns.
     *
     * @param alpha the weight whose row stands out
     */
    public static String table(ReproductionResult result, float alpha) {
        List<List<String>> rows = new ArrayList<>();
        List<Suite> suites = List.copyOf(result.scores().keySet());
        rows.add(row("", suites, Suite::key));
        for (Contender system : result.systems()) {
            boolean main = system.equals(Contender.proxy(alpha));
            String label = main ? "**" + system.label() + "**" : system.label();
            rows.add(row(
                    label,
                    suites,
                    suite -> score(result.score(suite, system).orElseThrow().right())));
        }
        for (Contender system : result.systems()) {
            if (suites.contains(Suite.ARITHMETIC) && system.kind() != Kind.BASE && system.kind() != Kind.ANTI_EXPERT) {
                Proportion counted =
                        result.score(Suite.ARITHMETIC, system).orElseThrow().counted();
                rows.add(row(
                        "object copied, " + system.label(),
                        suites,
                        suite -> suite == Suite.ARITHMETIC ? score(counted) : ""));
            }
        }
        for (Contender system : result.systems()) {
            if (system.kind() == Kind.PROXY) {
                rows.add(row(
                        "gap closed, α = " + Contender.number(system.alpha()),
                        suites,
                        suite -> percent(result.gapClosed(suite, system.alpha()))));
            }
        }
        return aligned(rows);
    }

    private static List<String> row(String label, List<Suite> suites, Function<Suite, String> cell) {
        return Stream.concat(Stream.of(label), suites.stream().map(cell)).toList();
    }

    private static String aligned(List<List<String>> rows) {
        int[] widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        var table = new StringBuilder();
        for (int index = 0; index < rows.size(); index++) {
            append(table, rows.get(index), widths, ' ');
            if (index == 0) {
                append(table, Collections.nCopies(widths.length, ""), widths, '-');
            }
        }
        return table.toString();
    }

    private static void append(StringBuilder table, List<String> row, int[] widths, char filler) {
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            table.append("| ")
                    .append(cell)
                    .repeat(filler, widths[column] - cell.length())
                    .append(' ');
        }
        table.append("|\n");
    }

    private static String score(Proportion score) {
        return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", score.rate(), score.low(), score.high());
    }

    private String verdict() {
        OptionalDouble mean = result.meanGapClosed(setting.alpha());
        return mean.isEmpty()
                ? "It cannot be told here: the directly tuned target was not measured, or is no better than the target alone."
                : "At α = " + Contender.number(setting.alpha()) + " the mean over the suites is " + percent(mean) + ".";
    }

    private String asked() {
        List<String> lines = new ArrayList<>();
        suites.forEach((suite, questions) -> lines.add("- **" + suite.key() + "**, " + questions.size()
                + " questions, such as \"" + questions.getFirst().prompt().strip() + "\"\n"));
        return String.join("", lines);
    }

    private String time() {
        return "in " + Math.max(1, setting.duration().toSeconds()) + " seconds";
    }

    private static String percent(OptionalDouble share) {
        return share.isEmpty() ? "–" : Math.round(share.getAsDouble() * PERCENT) + " %";
    }
}
