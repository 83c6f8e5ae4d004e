package dev.proxytune.family;

import dev.proxytune.family.Contender.Kind;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

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
                  that go on with the word for what is counted.
                - **manners**: the answer starts with "%s", closes with "%s" and ends there by itself.

                ## How it was measured

                - %s, %s, on %s.
                - Models: %s.
                """.formatted(
                        setting.command(),
                        table(),
                        verdict(),
                        asked(),
                        Style.OPENING.strip(),
                        Style.CLOSING.strip(),
                        setting.date(),
                        time(),
                        setting.machine(),
                        String.join("; ", setting.models()));
    }

    private String table() {
        List<Suite> columns = List.copyOf(result.scores().keySet());
        var table = new StringBuilder(row("", columns, Suite::key)).append(row("---", columns, _ -> "---"));
        for (Contender system : result.systems()) {
            boolean main = system.equals(Contender.proxy(setting.alpha()));
            String label = main ? "**" + system.label() + "**" : system.label();
            table.append(row(label, columns, suite -> score(suite, system)));
        }
        for (Contender system : result.systems()) {
            if (system.kind() == Kind.PROXY) {
                table.append(row(
                        "gap closed, α = " + Contender.number(system.alpha()),
                        columns,
                        suite -> percent(result.gapClosed(suite, system.alpha()))));
            }
        }
        return table.toString();
    }

    private static String row(String label, List<Suite> columns, Function<Suite, String> cell) {
        return columns.stream().map(cell).collect(Collectors.joining(" | ", "| " + label + " | ", " |\n"));
    }

    private String score(Suite suite, Contender system) {
        SuiteScore score = result.score(suite, system).orElseThrow();
        String cell = String.format(
                Locale.ROOT,
                "%.3f [%.3f, %.3f]",
                score.right().rate(),
                score.right().low(),
                score.right().high());
        return suite == Suite.ARITHMETIC
                ? cell
                        + String.format(
                                Locale.ROOT,
                                ", object copied %.3f",
                                score.counted().rate())
                : cell;
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
