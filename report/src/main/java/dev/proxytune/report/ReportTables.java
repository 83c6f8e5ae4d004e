package dev.proxytune.report;

import dev.proxytune.eval.GapClosed;
import dev.proxytune.eval.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Make the tables of a report: tasks side by side, systems below one another, as in the paper. */
final class ReportTables {
    private final List<TaskReport> tasks;
    private final Optional<GapClosed> mean;

    ReportTables(List<TaskReport> tasks, Optional<GapClosed> mean) {
        this.tasks = tasks;
        this.mean = mean;
    }

    /** Return the table of scores; lines of a cell are value, interval and number of questions. */
    FigureTable scores() {
        List<String> headers = new ArrayList<>(List.of("system"));
        tasks.forEach(task -> headers.add(task.task().name() + "\n" + task.measure()));
        boolean average = mean.isPresent();
        if (average) {
            headers.add("mean");
        }
        List<List<String>> rows = new ArrayList<>();
        for (SystemRole role : SystemRole.values()) {
            if (tasks.stream().anyMatch(task -> task.system(role).isPresent())) {
                List<String> row = new ArrayList<>(List.of(role.label()));
                tasks.forEach(task -> row.add(task.system(role).map(this::score).orElse("–")));
                if (average) {
                    row.add("");
                }
                rows.add(row);
            }
        }
        if (tasks.stream().anyMatch(task -> task.gap().isPresent())) {
            List<String> row = new ArrayList<>(List.of("gap closed"));
            tasks.forEach(task -> row.add(task.gap().map(ReportTables::gap).orElse("–")));
            mean.ifPresent(gap -> row.add(gap(gap)));
            rows.add(row);
        }
        return new FigureTable(headers, rows);
    }

    private String score(SystemFile file) {
        Measure measure = file.score().headline();
        String alpha = file.role() == SystemRole.PROXY && file.alpha().isPresent()
                ? ", α = " + Numbers.plain(file.alpha().getAsDouble())
                : "";
        return Numbers.percent(measure.value()) + "\n"
                + measure.ci95().map(Numbers::percent).orElse("–") + "\nn = " + Numbers.count(measure.n()) + alpha;
    }

    private static String gap(GapClosed gap) {
        return Numbers.percent(gap.mean().orElse(Double.NaN)) + "\n"
                + gap.ci95().map(Numbers::percent).orElse("–");
    }

    /** Return what paired tests say, in points of percent. */
    Optional<FigureTable> tests() {
        List<List<String>> rows = new ArrayList<>();
        for (TaskReport task : tasks) {
            for (PairedTest test : task.tests()) {
                rows.add(List.of(
                        task.task().name() + "\n" + test.name(),
                        Numbers.points(test.difference().value()),
                        "[" + Numbers.points(test.difference().ci95().low()) + ", "
                                + Numbers.points(test.difference().ci95().high()) + "]",
                        Numbers.count(test.difference().onlySecond()) + " / "
                                + Numbers.count(test.difference().onlyFirst()),
                        Numbers.p(test.difference().p()),
                        test.test()));
            }
        }
        return rows.isEmpty()
                ? Optional.empty()
                : Optional.of(new FigureTable(
                        List.of("comparison", "points", "95 % interval", "higher / lower on", "p", "test"), rows));
    }

    /** Return every measure of every file. */
    FigureTable measures() {
        List<List<String>> rows = new ArrayList<>();
        for (TaskReport task : tasks) {
            for (SystemFile file : task.files()) {
                for (Measure measure : file.score().measures()) {
                    rows.add(List.of(
                            task.task().name() + ", " + file.label(),
                            measure.name(),
                            Numbers.percent(measure.value()),
                            measure.ci95().map(Numbers::percent).orElse("–"),
                            Numbers.count(measure.n())));
                }
            }
        }
        return new FigureTable(List.of("system", "measure", "score", "95 % interval", "n"), rows);
    }

    /** Return which files the report is made of. */
    FigureTable files() {
        List<List<String>> rows = new ArrayList<>();
        for (TaskReport task : tasks) {
            for (SystemFile file : task.files()) {
                rows.add(List.of(
                        file.file().toString(),
                        task.task().name(),
                        file.label(),
                        file.toldBy(),
                        file.models().isEmpty() ? "–" : file.models()));
            }
        }
        return new FigureTable(List.of("file", "task", "system", "known by", "models"), rows);
    }

    /** Return the sentence that counts. */
    Optional<String> summary() {
        if (mean.isPresent()) {
            long count = tasks.stream().filter(task -> task.gap().isPresent()).count();
            return Optional.of("Proxy-tuning closes " + closed(mean.get())
                    + " of the gap between the base and the tuned model, on average over " + count + " tasks.");
        }
        return tasks.stream()
                .filter(task -> task.gap().isPresent())
                .findFirst()
                .map(task -> "Proxy-tuning closes " + closed(task.gap().orElseThrow())
                        + " of the gap between the base and the tuned model on "
                        + task.task().name() + ".");
    }

    private static String closed(GapClosed gap) {
        return Numbers.percent(gap.mean().orElse(Double.NaN))
                + gap.ci95()
                        .map(ci95 -> " (95 % interval " + Numbers.percent(ci95) + ")")
                        .orElse("");
    }

    /** Return all as lines for a terminal. */
    String text(List<String> notes) {
        var text = new StringBuilder(TextTable.of(scores()));
        tests().ifPresent(tests -> text.append('\n').append(TextTable.of(tests)));
        summary().ifPresent(summary -> text.append('\n').append(summary).append('\n'));
        notes.forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.toString();
    }
}
