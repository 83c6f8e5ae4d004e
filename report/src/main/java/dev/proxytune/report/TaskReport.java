package dev.proxytune.report;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.eval.Bootstrap;
import dev.proxytune.eval.GapClosed;
import dev.proxytune.eval.Pairing;
import dev.proxytune.eval.QuestionScore;
import dev.proxytune.eval.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Compare the systems of one task.
 *
 * @param task what was asked
 * @param systems the one file of each role that is compared; of several weights the one nearest to 1
 * @param sweep the files of all weights, ascending, if there are several
 * @param tests proxy-tuned against the others
 * @param triple base, proxy-tuned and tuned, question by question, where all three are there
 * @param gap how much of the gap is closed, where there is one
 * @param notes what a reader must know
 */
record TaskReport(
        Task task,
        Map<SystemRole, SystemFile> systems,
        List<SystemFile> sweep,
        List<PairedTest> tests,
        Optional<Pairing> triple,
        Optional<GapClosed> gap,
        List<String> notes) {

    TaskReport {
        sweep = List.copyOf(sweep);
        tests = List.copyOf(tests);
        notes = List.copyOf(notes);
    }

    /**
     * Compare files.
     *
     * @throws ProxyTuneException if two of them claim one place, or one has a question that another lacks
     */
    static TaskReport of(Task task, List<SystemFile> files, Bootstrap bootstrap) {
        List<String> notes = new ArrayList<>();
        List<SystemFile> sweep = weights(task, files);
        Map<SystemRole, SystemFile> systems = new EnumMap<>(SystemRole.class);
        for (SystemFile file : files) {
            if (file.role() != SystemRole.PROXY) {
                SystemFile other = systems.put(file.role(), file);
                require(other == null, task, other, file, "name another role with an option");
            }
        }
        sweep.stream()
                .min(Comparator.comparingDouble(TaskReport::fromOne).thenComparingDouble(TaskReport::alpha))
                .ifPresent(proxy -> systems.put(SystemRole.PROXY, proxy));
        if (sweep.size() > 1 && alpha(sweep.getFirst()) == 0) {
            // Experts without any weight leave the base model as it is.
            systems.putIfAbsent(SystemRole.BASE, sweep.getFirst().as(SystemRole.BASE, "weight"));
        }
        SystemFile first = files.getFirst();
        files.forEach(file -> file.notes().forEach(note -> notes.add(task.name() + ": " + note)));
        files.stream().skip(1).forEach(file -> Pairing.of(questions(first), questions(file)));
        sweepNotes(task, sweep, notes);
        List<PairedTest> tests = tests(systems, bootstrap);
        Optional<Pairing> triple = triple(systems);
        Optional<GapClosed> gap = triple.filter(pairing -> pairing.gapClosed().isPresent())
                .map(pairing -> GapClosed.of(List.of(pairing), bootstrap));
        if (triple.isPresent() && gap.isEmpty()) {
            notes.add(task.name() + ": base and tuned score the same, or one has no answer that counts: there is no gap"
                    + " to close");
        }
        return new TaskReport(task, systems, sweep.size() > 1 ? sweep : List.of(), tests, triple, gap, notes);
    }

    private static List<QuestionScore> questions(SystemFile file) {
        return file.score().questions();
    }

    private static double alpha(SystemFile file) {
        return file.alpha().orElse(1);
    }

    private static double fromOne(SystemFile file) {
        return Math.abs(alpha(file) - 1);
    }

    private static List<SystemFile> weights(Task task, List<SystemFile> files) {
        List<SystemFile> sweep = files.stream()
                .filter(file -> file.role() == SystemRole.PROXY)
                .sorted(Comparator.comparingDouble(TaskReport::alpha))
                .toList();
        for (int i = 1; i < sweep.size(); i++) {
            SystemFile one = sweep.get(i - 1);
            SystemFile other = sweep.get(i);
            boolean different = one.alpha().isPresent() && other.alpha().isPresent() && alpha(one) != alpha(other);
            require(different, task, one, other, "several files must have different weights, alpha, in their settings");
        }
        return sweep;
    }

    private static void require(boolean holds, Task task, @Nullable SystemFile one, SystemFile other, String advice) {
        if (!holds) {
            throw new ProxyTuneException(Objects.requireNonNull(one).file() + " and " + other.file() + " are both "
                    + other.role().label() + " of " + task.name() + " (known by " + other.toldBy() + "); " + advice);
        }
    }

    private static void sweepNotes(Task task, List<SystemFile> sweep, List<String> notes) {
        sweep.stream()
                .filter(file -> !file.conditions().equals(sweep.getFirst().conditions()))
                .findFirst()
                .ifPresent(file -> notes.add(task.name() + ": " + file.file() + " and "
                        + sweep.getFirst().file() + " differ in more settings than alpha"));
    }

    private static List<PairedTest> tests(Map<SystemRole, SystemFile> systems, Bootstrap bootstrap) {
        List<PairedTest> tests = new ArrayList<>();
        SystemFile proxy = systems.get(SystemRole.PROXY);
        SystemFile base = systems.get(SystemRole.BASE);
        List<SystemRole> others = List.of(SystemRole.BASE, SystemRole.EXPERT, SystemRole.TUNED);
        for (SystemRole role : others) {
            add(tests, proxy, systems.get(role), bootstrap);
        }
        if (proxy == null) {
            add(tests, systems.get(SystemRole.TUNED), base, bootstrap);
        }
        return tests;
    }

    private static void add(
            List<PairedTest> tests, @Nullable SystemFile system, @Nullable SystemFile against, Bootstrap bootstrap) {
        if (system != null && against != null) {
            Pairing pairing = Pairing.of(questions(against), questions(system));
            if (!Double.isNaN(pairing.mean(0)) && !Double.isNaN(pairing.mean(1))) {
                tests.add(new PairedTest(system, against, pairing.difference(bootstrap)));
            }
        }
    }

    private static Optional<Pairing> triple(Map<SystemRole, SystemFile> systems) {
        SystemFile base = systems.get(SystemRole.BASE);
        SystemFile proxy = systems.get(SystemRole.PROXY);
        SystemFile tuned = systems.get(SystemRole.TUNED);
        return base == null || proxy == null || tuned == null
                ? Optional.empty()
                : Optional.of(Pairing.of(questions(base), questions(proxy), questions(tuned)));
    }

    Optional<SystemFile> system(SystemRole role) {
        return Optional.ofNullable(systems.get(role));
    }

    /** Return all files: those compared, and those of other weights. */
    List<SystemFile> files() {
        List<SystemFile> files = new ArrayList<>(sweep);
        systems.values().stream().filter(file -> !files.contains(file)).forEach(files::add);
        files.sort(Comparator.comparing(SystemFile::role).thenComparingDouble(TaskReport::alpha));
        return files;
    }

    /** Return how much of the gap is closed. */
    OptionalDouble gapClosed() {
        return gap.map(GapClosed::mean).orElse(OptionalDouble.empty());
    }

    /** Return the name of the measure that is compared. */
    String measure() {
        return files().getFirst().score().headline().name();
    }
}
