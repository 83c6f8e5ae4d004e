package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import dev.proxytune.eval.Proportion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Make the figures of one task about single tokens (paper, section 6.1 and figure 3). */
final class TokenFigures {
    /** Below this, a mean says too little to be drawn. */
    private static final int FEWEST = 10;

    private static final String DELTA =
            "Δ is the probability that the proxy-tuned model gives a token less the one that its target gives it.";

    private final String task;
    private final TokenStatistics tokens;
    private final ReportOptions options;
    private final List<String> notes;

    /**
     * @param notes gets what is left out, and why
     */
    TokenFigures(String task, TokenStatistics tokens, ReportOptions options, List<String> notes) {
        this.task = task;
        this.tokens = tokens;
        this.options = options;
        this.notes = notes;
    }

    List<Figure> all() {
        List<Figure> figures = new ArrayList<>();
        figures.add(changed());
        moved().ifPresent(figures::add);
        equations().ifPresent(figures::add);
        return figures;
    }

    private static Optional<Interval> wilson(long right, long n) {
        if (n == 0) {
            return Optional.empty();
        }
        var proportion = new Proportion(Math.toIntExact(right), Math.toIntExact(n));
        return Optional.of(new Interval(proportion.low(), proportion.high()));
    }

    private Figure changed() {
        PositionBins positions = tokens.positions();
        double share = (double) positions.changed() / positions.n();
        List<ColumnChart.Column> columns = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (PositionBins.Bin bin : positions.bins()) {
            double value = bin.n() == 0 ? Double.NaN : (double) bin.changed() / bin.n();
            Optional<Interval> ci95 = wilson(bin.changed(), bin.n());
            columns.add(
                    new ColumnChart.Column(bin.label(), value, ci95, (double) bin.n() / (bin.to() - bin.from() + 1)));
            rows.add(List.of(
                    bin.label(),
                    Numbers.percent(value),
                    ci95.map(Numbers::percent).orElse("–"),
                    Numbers.count(bin.changed()),
                    Numbers.count(bin.n())));
        }
        String says = String.format(
                "The experts changed %s of the %s choices of %s answers of %s",
                Numbers.percent(share), Numbers.count(positions.n()), Numbers.count(tokens.answers()), task);
        String first = positions.bins().stream()
                .findFirst()
                .map(bin ->
                        ", and " + Numbers.percent((double) bin.changed() / Math.max(1, bin.n())) + " of first tokens.")
                .orElse(".");
        return new Figure(
                "changed-by-position-" + task,
                "Choices that the experts changed, by position: " + task,
                says + first,
                "A choice is changed where the target alone would have taken another token. Later positions are grouped;"
                        + " lines are 95 % intervals that take tokens as independent.",
                new ColumnChart(
                        columns,
                        Optional.of(new LineChart.Reference(
                                "all positions: " + Numbers.percent(share), Paint.ORANGE, share)),
                        Numbers::wholePercent,
                        "position in the answer, from 1"),
                new FigureTable(List.of("position", "changed", "95 % interval", "changed tokens", "tokens"), rows));
    }

    private Optional<Figure> moved() {
        List<TokenStatistics.Moved> moved = tokens.moved(options.least(), options.most());
        if (moved.isEmpty()) {
            notes.add(task + ": no token occurs " + options.least()
                    + " times in the traces, so that the figure of tokens most moved is left out; --least takes another"
                    + " number");
            return Optional.empty();
        }
        List<RowChart.Row> rows = new ArrayList<>();
        List<List<String>> cells = new ArrayList<>();
        for (TokenStatistics.Moved each : moved) {
            String token = Markup.visible(each.token());
            Moments delta = each.delta();
            rows.add(row(token, delta, Paint.BLUE));
            cells.add(cells(token, delta));
        }
        TokenStatistics.Moved most = moved.getFirst();
        return Optional.of(new Figure(
                "moved-tokens-" + task,
                "Tokens that the experts moved most: " + task,
                String.format(
                        "Of tokens that occur at least %s times, “%s” was moved most: Δ is %s on average.",
                        Numbers.count(options.least()),
                        Markup.visible(most.token()),
                        Numbers.small(most.delta().mean())),
                DELTA + " ␣ is a space, ⏎ the end of a line.",
                chart(rows),
                new FigureTable(List.of("token", "mean Δ", "95 % interval", "n"), cells)));
    }

    private Optional<Figure> equations() {
        Moments left = tokens.left();
        Moments right = tokens.right();
        if (left.n() < FEWEST || right.n() < FEWEST) {
            notes.add(task + ": fewer than " + FEWEST
                    + " tokens of its answers stand on a side of an equation, so that this figure is left out");
            return Optional.empty();
        }
        Optional<WelchTest> test = WelchTest.of(left, right);
        String tested = test.map(welch ->
                        String.format("; Welch's t = %s, p = %s", Numbers.fixed(welch.t(), 2), Numbers.p(welch.p())))
                .orElse("");
        List<RowChart.Row> rows =
                List.of(row("left-hand side", left, Paint.BLUE), row("right-hand side", right, Paint.ORANGE));
        return Optional.of(new Figure(
                "equation-sides-" + task,
                "How far the experts moved the sides of equations: " + task,
                String.format(
                        "Mean Δ is %s on left-hand and %s on right-hand sides%s.",
                        Numbers.small(left.mean()), Numbers.small(right.mean()), tested),
                DELTA + " Tokens before “=” set a calculation up, tokens behind it tell its result.",
                chart(rows),
                new FigureTable(
                        List.of("side", "mean Δ", "95 % interval", "n"),
                        List.of(cells("left", left), cells("right", right)))));
    }

    private static RowChart chart(List<RowChart.Row> rows) {
        return new RowChart(
                rows, List.of(), 0, 0.01, Optional.empty(), true, Numbers::plain, "mean Δ, and its 95 % interval");
    }

    private static RowChart.Row row(String label, Moments delta, Paint paint) {
        var value = new RowChart.Value(delta.mean(), delta.ci95(), paint, Marker.CIRCLE);
        return new RowChart.Row(label, List.of(value), "n " + Numbers.count(delta.n()));
    }

    private static List<String> cells(String label, Moments delta) {
        return List.of(
                label,
                Numbers.small(delta.mean()),
                Numbers.interval(delta.ci95(), Numbers::small),
                Numbers.count(delta.n()));
    }
}
