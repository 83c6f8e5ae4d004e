package dev.proxytune.eval;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Tell how much of the gap between a base model and the same model tuned directly a proxy-tuned one closes: 1 where it
 * does as well as tuning (paper, section 3).
 *
 * @param byTask (proxy − base) / (tuned − base) of each task; empty where base and tuned are equal
 * @param mean the mean over tasks; empty if one has no gap
 * @param ci95 the mean's interval; empty with it
 */
public record GapClosed(List<OptionalDouble> byTask, OptionalDouble mean, Optional<Interval> ci95) {

    public GapClosed {
        byTask = List.copyOf(byTask);
    }

    /** Return the gap closed for means that are known, such as a paper's. */
    public static OptionalDouble of(double base, double proxy, double tuned) {
        double gap = Pairing.gap(base, proxy, tuned);
        return Double.isFinite(gap) ? OptionalDouble.of(gap) : OptionalDouble.empty();
    }

    /**
     * Compute the gap closed over several tasks. Its interval draws questions within each task and takes all three
     * systems' answers to them; tasks themselves are not drawn, as they were chosen.
     *
     * @param tasks for each task the systems base, proxy-tuned and tuned, in this order
     */
    public static GapClosed of(List<Pairing> tasks, Bootstrap bootstrap) {
        if (tasks.isEmpty() || tasks.stream().anyMatch(task -> task.values().size() != 3)) {
            throw new IllegalArgumentException("the gap closed needs base, proxy-tuned and tuned scores of each task");
        }
        List<OptionalDouble> byTask = tasks.stream().map(Pairing::gapClosed).toList();
        if (byTask.stream().anyMatch(OptionalDouble::isEmpty)) {
            return new GapClosed(byTask, OptionalDouble.empty(), Optional.empty());
        }
        OptionalDouble mean =
                byTask.stream().mapToDouble(OptionalDouble::getAsDouble).average();
        Interval ci95 = bootstrap.interval(resample -> {
            double sum = 0;
            for (Pairing task : tasks) {
                int[] drawn = resample.of(task.size());
                sum += Pairing.gap(task.mean(0, drawn), task.mean(1, drawn), task.mean(2, drawn));
            }
            return sum / tasks.size();
        });
        return new GapClosed(byTask, mean, Optional.of(ci95));
    }
}
