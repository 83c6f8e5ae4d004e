package dev.proxytune.report;

import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.eval.Bootstrap;
import dev.proxytune.eval.GapClosed;
import dev.proxytune.eval.Pairing;
import dev.proxytune.eval.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compare systems over tasks, as the paper does, and say it as text, as an object, as a page or as figures. Immutable. */
public final class Report {
    private final ReportOptions options;
    private final List<TaskReport> tasks;
    private final Optional<GapClosed> mean;
    private final List<Figure> figures;
    private final List<String> notes;

    private Report(
            ReportOptions options,
            List<TaskReport> tasks,
            Optional<GapClosed> mean,
            List<Figure> figures,
            List<String> notes) {
        this.options = options;
        this.tasks = List.copyOf(tasks);
        this.mean = mean;
        this.figures = List.copyOf(figures);
        this.notes = List.copyOf(notes);
    }

    /**
     * Read, score and compare files.
     *
     * @param files at least one
     * @throws ProxyTuneException naming file and row if one cannot be read, is no file of its task, has a question that
     *     another lacks, or claims the place of another
     */
    public static Report of(List<NamedFile> files, ReportOptions options) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one file");
        }
        Bootstrap bootstrap = options.score().bootstrap();
        List<TaskReport> tasks = new ArrayList<>();
        Map<Task, List<SystemFile>> read = new ReportFiles(options.score(), options.task()).read(files);
        read.forEach((task, systems) -> tasks.add(TaskReport.of(task, systems, bootstrap)));
        List<String> notes = new ArrayList<>();
        tasks.forEach(task -> notes.addAll(task.notes()));
        Optional<GapClosed> mean = mean(tasks, bootstrap, notes);
        List<Figure> figures = new Figures(tasks, mean, options, notes).all();
        return new Report(options, tasks, mean, figures, notes);
    }

    private static Optional<GapClosed> mean(List<TaskReport> tasks, Bootstrap bootstrap, List<String> notes) {
        List<TaskReport> closed =
                tasks.stream().filter(task -> task.gapClosed().isPresent()).toList();
        if (closed.size() < 2) {
            return Optional.empty();
        }
        if (closed.size() < tasks.size()) {
            notes.add("the mean gap closed is that of "
                    + String.join(
                            ", ",
                            closed.stream().map(task -> task.task().name()).toList())
                    + "; the other tasks lack a system or a gap");
        }
        List<Pairing> pairings =
                closed.stream().flatMap(task -> task.triple().stream()).toList();
        return Optional.of(GapClosed.of(pairings, bootstrap));
    }

    /** Return which file is taken for which system, one line each, where that was found out rather than said. */
    public List<String> roles() {
        return tasks.stream()
                .flatMap(task -> task.files().stream())
                .filter(file -> !file.toldBy().equals("option"))
                .map(file -> file.task().name() + ": " + file.file() + " is " + file.label() + " (by its "
                        + (file.toldBy().equals("order") ? "place" : file.toldBy()) + ")")
                .toList();
    }

    /** Return what a reader must know, one line each. */
    public List<String> notes() {
        return notes;
    }

    /**
     * Return the report as a JSON object: {@code tasks} by name with {@code systems}, {@code tests}, {@code gap_closed},
     * {@code alpha_sweep} and {@code tokens}; {@code gap_closed} and {@code gap_closed_ci95} of all; {@code notes}. Rates are
     * fractions of 1; what has no value is null.
     */
    public Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("title", options.title());
        Map<String, Object> byTask = new LinkedHashMap<>();
        tasks.forEach(task -> byTask.put(task.task().name(), ReportObject.of(task, options)));
        object.put("tasks", byTask);
        // A single task's gap is the mean.
        Optional<GapClosed> gap = mean.or(
                () -> tasks.stream().flatMap(task -> task.gap().stream()).findFirst());
        object.put(
                "gap_closed",
                gap.map(GapClosed::mean)
                        .flatMap(value -> value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty())
                        .orElse(null));
        object.put(
                "gap_closed_ci95",
                gap.flatMap(GapClosed::ci95).map(ReportObject::ends).orElse(null));
        object.put("figures", figures.stream().map(Figure::name).toList());
        object.put("notes", notes);
        return object;
    }

    /** Return the report as lines for people. */
    public String text() {
        return new ReportTables(tasks, mean).text(notes);
    }

    /** Return the report as one page that needs nothing else: well-formed, with figures for light and dark. */
    public String html() {
        return new HtmlPage(options.title(), new ReportTables(tasks, mean), figures, notes).html();
    }

    /**
     * Write the page.
     *
     * @throws ProxyTuneException if it cannot be written; what was there before is there still
     */
    public void writeHtml(Path file) {
        write(file, html().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Write each figure as {@code NAME.svg}, which turns dark where its reader prefers that, {@code NAME.png} and {@code
     * NAME.dark.png}, twice as large.
     *
     * @param folder made if it is not there
     * @return the files
     * @throws ProxyTuneException if they cannot be written, or this Java has no fonts for PNG files
     */
    public List<Path> writeFigures(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new ProxyTuneException("The folder " + folder + " cannot be made: " + reason(e), e);
        }
        List<Path> written = new ArrayList<>();
        for (Figure figure : figures) {
            Figure.SvgFile svg = figure.file(Theme.LIGHT, true);
            written.add(write(folder.resolve(figure.name() + ".svg"), svg.text().getBytes(StandardCharsets.UTF_8)));
        }
        for (Figure figure : figures) {
            written.add(write(folder.resolve(figure.name() + ".png"), Png.of(figure.file(Theme.LIGHT, false))));
            written.add(write(folder.resolve(figure.name() + ".dark.png"), Png.of(figure.file(Theme.DARK, false))));
        }
        return written;
    }

    private static Path write(Path file, byte[] content) {
        try (var part = new PartialFile(file)) {
            Files.write(part.path(), content);
            part.complete(true);
            return file;
        } catch (IOException e) {
            throw new ProxyTuneException("The file " + file + " cannot be written: " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such folder";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "it is a file";
            case FileSystemException failure when failure.getReason() != null -> failure.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
