package dev.proxytune.spark;

import dev.proxytune.Cancellation;
import dev.proxytune.batch.BatchRow;
import dev.proxytune.batch.EngineSource;
import dev.proxytune.batch.RowAnswer;
import dev.proxytune.batch.RowAnswers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Answers the rows of a partition, in their order, with the engine that all tasks of the JVM share.
 *
 * @param <I> what rows come as
 * @param <O> what answers leave as
 */
final class PartitionAnswers<I, O> implements Iterator<O> {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Engines.Lease lease;
    private final Cancellation cancellation = new Cancellation();
    private final ArrayDeque<I> asked = new ArrayDeque<>();
    private final RowAnswers answers;
    private final BiFunction<I, RowAnswer, O> writer;

    PartitionAnswers(
            EngineSource source, Iterator<I> rows, Function<I, BatchRow> reader, BiFunction<I, RowAnswer, O> writer) {
        this.writer = writer;
        this.lease = Engines.lease(source);
        TaskCompletionListener end = _ -> close();
        TaskContext.get().addTaskCompletionListener(end);
        this.answers = new RowAnswers(lease.engine(), read(rows, reader), cancellation);
    }

    private Iterator<BatchRow> read(Iterator<I> rows, Function<I, BatchRow> reader) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public BatchRow next() {
                I row = rows.next();
                asked.add(row);
                return reader.apply(row);
            }
        };
    }

    /** Called when the task is over, be it done, failed or killed. */
    private void close() {
        cancellation.cancel();
        lease.close();
    }

    @Override
    public boolean hasNext() {
        return answers.hasNext();
    }

    @Override
    public O next() {
        Optional<RowAnswer> answer = answers.next(PATIENCE);
        while (answer.isEmpty()) {
            if (TaskContext.get().isInterrupted()) {
                cancellation.cancel();
            }
            answer = answers.next(PATIENCE);
        }
        return writer.apply(asked.remove(), answer.get());
    }
}
