package dev.proxytune.batch;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Consumer;

/** Answer rows and write the answers in the rows' order, each as soon as it and those before it are done. */
public final class BatchRun {
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private BatchRun() {}

    /**
     * Tell what came out.
     *
     * @param rows how many rows were answered
     * @param failed how many of these have an error
     * @param tokens how many tokens were generated
     */
    public record Result(long rows, long failed, long tokens) {}

    /**
     * Answer rows.
     *
     * @param sink takes the answers, in this thread
     * @param cancellation ends the run after the answers that are written
     * @throws dev.proxytune.ProxyTuneException if rows cannot be read or answers not be written
     */
    public static Result run(
            BatchEngine engine,
            Iterator<BatchRow> rows,
            Consumer<? super RowAnswer> sink,
            BatchProgress progress,
            Cancellation cancellation) {
        var answers = new RowAnswers(engine, rows, cancellation);
        long done = 0;
        long failed = 0;
        long tokens = 0;
        try {
            while (!cancellation.isCancelled() && answers.hasNext()) {
                Optional<RowAnswer> answer = answers.next(PATIENCE);
                if (answer.isPresent()) {
                    sink.accept(answer.get());
                    done++;
                    failed += answer.get().error().isPresent() ? 1 : 0;
                    tokens += answer.get().completionTokens();
                }
                progress.at(done, tokens);
            }
        } catch (CancelledException e) {
            if (!cancellation.isCancelled()) {
                throw e;
            }
        }
        return new Result(done, failed, tokens);
    }
}
