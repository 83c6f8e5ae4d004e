package dev.proxytune.report;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.eval.AnswerTrace;
import dev.proxytune.eval.Row;
import dev.proxytune.eval.RowFile;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskScore;
import dev.proxytune.jsonl.RowWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Read files of predictions, and find out which system of which task each belongs to. */
final class ReportFiles {
    private static final Pattern ALPHA = Pattern.compile("alpha-(-?\\d+(?:\\.\\d+)?)(?![\\d])");

    private final ScoreOptions options;
    private final Optional<Task> usual;

    /**
     * @param usual the task of files that do not tell theirs
     */
    ReportFiles(ScoreOptions options, Optional<Task> usual) {
        this.options = options;
        this.usual = usual;
    }

    /** A file before its role is known. */
    private record Unknown(NamedFile named, Optional<Row> settings, Task task) {
        Optional<String> setting(String name) {
            return settings.flatMap(row -> row.text(name));
        }

        boolean isSteered() {
            return setting("alpha").isPresent();
        }
    }

    private record Told(SystemRole role, String by) {}

    /**
     * Read files, in the order of their tasks.
     *
     * @throws ProxyTuneException naming the file, and the row where one is to blame
     */
    Map<Task, List<SystemFile>> read(List<NamedFile> files) {
        requireDifferent(files);
        Map<String, List<Unknown>> byTask = new LinkedHashMap<>();
        for (NamedFile named : files) {
            Unknown unknown = unknown(named);
            byTask.computeIfAbsent(unknown.task().name(), _ -> new ArrayList<>())
                    .add(unknown);
        }
        Map<Task, List<SystemFile>> read = new LinkedHashMap<>();
        byTask.values().forEach(group -> {
            Map<Unknown, Told> roles = roles(group);
            read.put(
                    group.getFirst().task(),
                    group.stream()
                            .map(unknown -> file(unknown, Objects.requireNonNull(roles.get(unknown))))
                            .toList());
        });
        return read;
    }

    private static void requireDifferent(List<NamedFile> files) {
        Map<Path, NamedFile> seen = new HashMap<>();
        for (NamedFile named : files) {
            if (seen.put(named.file().toAbsolutePath().normalize(), named) != null) {
                throw new ProxyTuneException("The file " + named.file() + " is named twice; name each file once");
            }
        }
    }

    private Unknown unknown(NamedFile named) {
        Path beside = RowWriter.settingsOf(named.file());
        Optional<Row> settings =
                Files.exists(beside) ? Optional.of(RowFile.read(beside).getFirst()) : Optional.empty();
        Optional<Task> asked = named.task().or(() -> usual);
        Optional<String> stored = settings.flatMap(row -> row.text("task"));
        if (stored.isEmpty()) {
            return new Unknown(
                    named,
                    settings,
                    asked.orElseThrow(() -> new ProxyTuneException("The task of " + named.file()
                            + " is not known, as there is no " + beside.getFileName()
                            + " beside it; say --task TASK, or TASK:" + named.file() + ", where TASK is one of "
                            + Task.all().stream().map(Task::name).collect(Collectors.joining(", ")))));
        }
        Task task = Task.all().stream()
                .filter(each -> each.name().equals(stored.get()))
                .findFirst()
                .orElseThrow(() -> new ProxyTuneException(beside + ": there is no task " + stored.get()));
        if (asked.isPresent() && !asked.get().name().equals(task.name())) {
            throw new ProxyTuneException("The file " + named.file() + " answers " + task.name() + ", says "
                    + beside.getFileName() + ", not " + asked.get().name());
        }
        return new Unknown(named, settings, task);
    }

    /**
     * Find the roles of one task's files: what the user says, then what settings say, then names, then the order base,
     * proxy, tuned.
     */
    private static Map<Unknown, Told> roles(List<Unknown> group) {
        Map<Unknown, Told> roles = new LinkedHashMap<>();
        for (Unknown file : group) {
            file.named().role().ifPresent(role -> roles.put(file, new Told(role, "option")));
            if (file.isSteered()) {
                roles.putIfAbsent(file, new Told(SystemRole.PROXY, "settings"));
            }
        }
        List<Unknown> steered = group.stream().filter(Unknown::isSteered).toList();
        for (Unknown file : group) {
            byModel(file, steered)
                    .or(() -> SystemRole.ofName(
                                    file.named().file().getFileName().toString())
                            .map(role -> new Told(role, "name")))
                    .ifPresent(told -> roles.putIfAbsent(file, told));
        }
        List<SystemRole> free = new ArrayList<>(List.of(SystemRole.BASE, SystemRole.PROXY, SystemRole.TUNED));
        roles.values().forEach(told -> free.remove(told.role()));
        for (Unknown file : group) {
            if (!roles.containsKey(file)) {
                // A model that ran without experts is not steered, whatever its place.
                SystemRole role = free.stream()
                        .filter(each ->
                                each != SystemRole.PROXY || file.settings().isEmpty())
                        .filter(each -> each != SystemRole.BASE || !isOtherModel(file, steered))
                        .findFirst()
                        .orElseThrow(() -> new ProxyTuneException("It is not known which system "
                                + file.named().file() + " is, as " + file.task().name()
                                + " has other files for base, proxy and tuned;"
                                + " say it with --base, --proxy, --expert or --tuned"));
                free.remove(role);
                roles.put(file, new Told(role, "order"));
            }
        }
        return roles;
    }

    private static boolean isOtherModel(Unknown file, List<Unknown> steered) {
        return file.setting("target").isPresent()
                && steered.stream()
                        .anyMatch(other -> other.setting("target").isPresent()
                                && !other.setting("target").equals(file.setting("target")));
    }

    /** A model by itself is the base if it is the target of a steered one, or the expert of it. */
    private static Optional<Told> byModel(Unknown file, List<Unknown> steered) {
        Optional<String> model = file.setting("target");
        if (file.isSteered() || model.isEmpty()) {
            return Optional.empty();
        }
        if (steered.stream().anyMatch(other -> other.setting("target").equals(model))) {
            return Optional.of(new Told(SystemRole.BASE, "settings"));
        }
        if (steered.stream().anyMatch(other -> other.setting("expert").equals(model))) {
            return Optional.of(new Told(SystemRole.EXPERT, "settings"));
        }
        return Optional.empty();
    }

    private SystemFile file(Unknown unknown, Told told) {
        Path file = unknown.named().file();
        List<Row> stored = RowFile.read(file);
        requireSingle(stored);
        List<Row> rows = unknown.task().single(stored);
        TaskScore score = unknown.task().score(rows, options);
        List<String> notes = new ArrayList<>();
        score.notes().forEach(note -> notes.add(file + ": " + note));
        long failed =
                stored.stream().filter(row -> row.text("error").isPresent()).count();
        if (failed > 0) {
            notes.add(file + ": " + failed + " of " + stored.size() + " rows hold an error instead of an answer");
        }
        Optional<TokenStatistics> tokens = Optional.empty();
        if (told.role() == SystemRole.PROXY) {
            var statistics = new TokenStatistics();
            stored.stream().flatMap(row -> AnswerTrace.of(row).stream()).forEach(statistics::add);
            tokens = Optional.of(statistics).filter(all -> all.positions().n() > 0);
            if (tokens.isPresent() && statistics.answers() < stored.size() - failed) {
                notes.add(file + ": only " + statistics.answers() + " of " + stored.size()
                        + " rows have a trace; figures of tokens are about these");
            }
        }
        return new SystemFile(
                file,
                unknown.task(),
                told.role(),
                told.by(),
                alpha(unknown),
                models(unknown),
                conditions(unknown),
                score,
                tokens,
                notes);
    }

    /** Return all settings but the weight, to see whether files differ in more than it. */
    private static String conditions(Unknown file) {
        return file.settings().map(row -> row.with(Map.of("alpha", "")).json()).orElse("");
    }

    /** Rows that say which question and sample they are must not say it twice. */
    private static void requireSingle(List<Row> rows) {
        Map<String, Row> seen = new HashMap<>();
        for (Row row : rows) {
            Optional<String> index = row.text("index");
            Optional<String> sample = row.text("sample");
            if (index.isPresent() && sample.isPresent()) {
                Row first = seen.putIfAbsent(index.get() + " " + sample.get(), row);
                if (first != null) {
                    throw new ProxyTuneException(row.place() + ": the answer to question " + index.get() + ", sample "
                            + sample.get() + ", is there a second time, after row " + first.number()
                            + "; remove one of them");
                }
            }
        }
    }

    private static OptionalDouble alpha(Unknown file) {
        Matcher name = ALPHA.matcher(file.named().file().getFileName().toString());
        Optional<String> text = file.setting("alpha")
                .or(() -> file.settings().isEmpty() && name.find() ? Optional.of(name.group(1)) : Optional.empty());
        try {
            return text.map(value -> OptionalDouble.of(Double.parseDouble(value)))
                    .orElse(OptionalDouble.empty());
        } catch (NumberFormatException _) {
            // Several pairs have several weights.
            return OptionalDouble.empty();
        }
    }

    private static String models(Unknown file) {
        return Stream.of("target", "expert", "anti-expert")
                .flatMap(role -> file.setting(role).map(model -> role + " " + model).stream())
                .collect(Collectors.joining(", "));
    }
}
