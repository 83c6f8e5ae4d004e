package dev.proxytune.report;

import dev.proxytune.eval.GapClosed;
import dev.proxytune.eval.Interval;
import dev.proxytune.eval.Measure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Make the figures of a report. */
final class Figures {
    private static final List<Marker> MARKERS = List.of(Marker.values());
    private static final List<Paint> LINES = List.of(Paint.BLUE, Paint.GREEN, Paint.PURPLE, Paint.GRAY);

    private final List<TaskReport> tasks;
    private final Optional<GapClosed> mean;
    private final ReportOptions options;
    private final List<String> notes;

    /**
     * @param mean the gap closed over several tasks
     * @param notes gets what is left out, and why
     */
    Figures(List<TaskReport> tasks, Optional<GapClosed> mean, ReportOptions options, List<String> notes) {
        this.tasks = tasks;
        this.mean = mean;
        this.options = options;
        this.notes = notes;
    }

    List<Figure> all() {
        List<Figure> figures = new ArrayList<>();
        figures.add(scores());
        gap().ifPresent(figures::add);
        for (TaskReport task : tasks) {
            if (!task.sweep().isEmpty()) {
                figures.add(sweep(task));
            }
            figures.addAll(tokens(task));
        }
        return figures;
    }

    private List<Figure> tokens(TaskReport task) {
        Optional<SystemFile> proxy = task.system(SystemRole.PROXY);
        if (proxy.isEmpty()) {
            return List.of();
        }
        String name = task.task().name();
        Optional<TokenStatistics> tokens = proxy.get().tokens();
        if (tokens.isEmpty()) {
            notes.add(name + ": " + proxy.get().file()
                    + " has no trace, so that figures of tokens are left out; eval --trace writes one");
            return List.of();
        }
        return new TokenFigures(name, tokens.get(), options, notes).all();
    }

    private Figure scores() {
        List<RowChart.Row> rows = new ArrayList<>();
        List<List<String>> cells = new ArrayList<>();
        Set<SystemRole> roles = EnumSet.noneOf(SystemRole.class);
        for (TaskReport task : tasks) {
            List<RowChart.Value> values = new ArrayList<>();
            task.systems().forEach((role, system) -> {
                Measure measure = system.score().headline();
                roles.add(role);
                values.add(new RowChart.Value(measure.value(), measure.ci95(), Paint.of(role), Marker.of(role)));
                cells.add(List.of(
                        task.task().name() + ", " + system.label(),
                        measure.name(),
                        Numbers.percent(measure.value()),
                        measure.ci95().map(Numbers::percent).orElse("–"),
                        Numbers.count(measure.n())));
            });
            rows.add(new RowChart.Row(task.task().name(), values, task.measure()));
        }
        List<Legend.Entry> legend = roles.stream()
                .map(role -> new Legend.Entry(role.label(), Paint.of(role), Optional.of(Marker.of(role))))
                .toList();
        return new Figure(
                "scores",
                "Scores",
                "Scores of " + roles.size() + (roles.size() == 1 ? " system on " : " systems on ") + tasks.size()
                        + (tasks.size() == 1 ? " task." : " tasks."),
                "Lines are 95 % intervals. On toxigen less is better.",
                new RowChart(
                        rows,
                        legend,
                        0,
                        0,
                        Optional.empty(),
                        false,
                        Figures::percentage,
                        "score, and its 95 % interval"),
                new FigureTable(List.of("system", "measure", "score", "95 % interval", "n"), cells));
    }

    private Optional<Figure> gap() {
        List<RowChart.Row> rows = new ArrayList<>();
        List<List<String>> cells = new ArrayList<>();
        for (TaskReport task : tasks) {
            if (task.triple().isPresent()) {
                double value = task.gapClosed().orElse(Double.NaN);
                addGap(rows, cells, task.task().name(), value, task.gap().flatMap(GapClosed::ci95), Paint.BLUE);
            }
        }
        if (tasks.stream().allMatch(task -> task.gapClosed().isEmpty())) {
            return Optional.empty();
        }
        OptionalDouble average = mean.map(GapClosed::mean).orElse(OptionalDouble.empty());
        if (average.isPresent()) {
            addGap(rows, cells, "mean", average.getAsDouble(), mean.flatMap(GapClosed::ci95), Paint.ORANGE);
        }
        return Optional.of(new Figure(
                "gap-closed",
                "Gap closed between the base and the tuned model",
                gapText(cells),
                "0 % is the base model, 100 % (dashed) the same model tuned directly. Intervals are 95 %, by a bootstrap"
                        + " over questions that keeps the systems' answers to each together; an arrow marks one that goes on.",
                new RowChart(rows, List.of(), 0, 1, Optional.of(1.0), true, Figures::percentage, "gap closed"),
                new FigureTable(List.of("task", "gap closed", "95 % interval"), cells)));
    }

    private static String gapText(List<List<String>> cells) {
        List<String> last = cells.getLast();
        return last.getFirst().equals("mean")
                ? "Proxy-tuning closes " + last.get(1) + " of the gap on average, " + last.get(2) + "."
                : "Proxy-tuning closes " + last.get(1) + " of the gap on " + last.getFirst() + ", " + last.get(2) + ".";
    }

    private static void addGap(
            List<RowChart.Row> rows,
            List<List<String>> cells,
            String name,
            double value,
            Optional<Interval> ci95,
            Paint paint) {
        String text = Numbers.percent(value);
        rows.add(new RowChart.Row(name, List.of(new RowChart.Value(value, ci95, paint, Marker.CIRCLE)), text));
        cells.add(List.of(name, text, ci95.map(Numbers::percent).orElse("–")));
    }

    private Figure sweep(TaskReport task) {
        List<LineChart.Series> series = new ArrayList<>();
        List<List<String>> cells = new ArrayList<>();
        List<SystemFile> points = new ArrayList<>();
        boolean zero = task.sweep().stream().anyMatch(file -> file.alpha().orElse(1) == 0);
        task.system(SystemRole.BASE).filter(_ -> !zero).ifPresent(points::add);
        points.addAll(task.sweep());
        List<Measure> measures = task.sweep().getFirst().score().measures();
        for (int i = 0; i < Math.min(measures.size(), LINES.size()); i++) {
            String name = measures.get(i).name();
            List<LineChart.Value> values = new ArrayList<>();
            for (SystemFile point : points) {
                Optional<Measure> measure = point.score().measure(name);
                double alpha = point.alpha().orElse(0);
                double value = measure.map(Measure::value).orElse(Double.NaN);
                values.add(new LineChart.Value(alpha, value, measure.flatMap(Measure::ci95)));
                cells.add(List.of(
                        "α = " + Numbers.plain(alpha),
                        name,
                        Numbers.percent(value),
                        measure.flatMap(Measure::ci95).map(Numbers::percent).orElse("–")));
            }
            values.sort(Comparator.comparingDouble(LineChart.Value::x));
            series.add(new LineChart.Series(name, LINES.get(i), MARKERS.get(i), values));
        }
        List<LineChart.Reference> references = task.system(SystemRole.TUNED).stream()
                .map(tuned -> new LineChart.Reference(
                        "tuned, " + measures.getFirst().name(),
                        Paint.ORANGE,
                        tuned.score().headline().value()))
                .toList();
        String name = task.task().name();
        boolean less = name.equals("toxigen");
        Comparator<SystemFile> byScore =
                Comparator.comparingDouble(file -> file.score().headline().value());
        SystemFile best = task.sweep().stream()
                .filter(file -> Double.isFinite(file.score().headline().value()))
                .max(less ? byScore.reversed() : byScore)
                .orElse(task.sweep().getFirst());
        return new Figure(
                "alpha-sweep-" + name,
                "Weight of the experts: " + name,
                String.format(
                        "%s is %s at α = %s: %s.",
                        measures.getFirst().name(),
                        less ? "lowest" : "highest",
                        Numbers.plain(best.alpha().orElse(Double.NaN)),
                        Numbers.percent(best.score().headline().value())),
                (zero || task.system(SystemRole.BASE).isEmpty() ? "" : "At α = 0 stands the base model. ")
                        + "Bands are 95 % intervals.",
                new LineChart(series, references, Figures::percentage, "α, the weight of the experts"),
                new FigureTable(List.of("weight", "measure", "score", "95 % interval"), cells));
    }

    private static String percentage(double value) {
        return Numbers.plain(value * 100) + "\u00a0%";
    }
}
