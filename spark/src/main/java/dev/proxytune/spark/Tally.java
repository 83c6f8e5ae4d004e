package dev.proxytune.spark;

import dev.proxytune.batch.BatchRun;
import dev.proxytune.batch.RowAnswer;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * Counts answers on all machines.
 *
 * <p>Parts are counted by their numbers, so that one which was answered twice, as its first machine was lost, counts once.
 * Spark reads the counts of a task while it runs.
 */
final class Tally extends AccumulatorV2<RowAnswer, BatchRun.Result> {
    private static final long serialVersionUID = 1L;

    private final ConcurrentHashMap<Integer, Counts> parts = new ConcurrentHashMap<>();

    /** Counts the answers of one part. */
    private record Counts(long rows, long failed, long tokens) implements Serializable {

        Counts plus(Counts other) {
            return new Counts(rows + other.rows, failed + other.failed, tokens + other.tokens);
        }
    }

    @Override
    public void add(RowAnswer answer) {
        var one = new Counts(1, answer.error().isPresent() ? 1 : 0, answer.completionTokens());
        parts.merge(TaskContext.getPartitionId(), one, Counts::plus);
    }

    @Override
    public void merge(AccumulatorV2<RowAnswer, BatchRun.Result> other) {
        parts.putAll(((Tally) other).parts);
    }

    @Override
    public BatchRun.Result value() {
        Counts all = parts.values().stream().reduce(new Counts(0, 0, 0), Counts::plus);
        return new BatchRun.Result(all.rows(), all.failed(), all.tokens());
    }

    @Override
    public boolean isZero() {
        return parts.isEmpty();
    }

    @Override
    public AccumulatorV2<RowAnswer, BatchRun.Result> copy() {
        var copy = new Tally();
        copy.parts.putAll(Map.copyOf(parts));
        return copy;
    }

    @Override
    public void reset() {
        parts.clear();
    }
}
