package dev.proxytune.batch;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Give the answers to rows in their order, while others behind them are made.
 *
 * <p>Rows are taken as there is room for them, so that few are in memory at a time. One thread at a time may use it.
 */
public final class RowAnswers {
    /** So many answers may be done before one in front of them is. */
    private static final int WAITING = 256;

    private final BatchEngine engine;
    private final Iterator<BatchRow> rows;
    private final Cancellation cancellation;
    private final int window;
    private final ArrayDeque<CompletableFuture<RowAnswer>> waiting = new ArrayDeque<>();

    /**
     * Answer rows.
     *
     * @param cancellation ends the answers that are not done
     */
    public RowAnswers(BatchEngine engine, Iterator<BatchRow> rows, Cancellation cancellation) {
        this.engine = engine;
        this.rows = rows;
        this.cancellation = cancellation;
        this.window = engine.sequences() + WAITING;
    }

    /** Return whether there is another answer to wait for. */
    public boolean hasNext() {
        fill();
        return !waiting.isEmpty();
    }

    private void fill() {
        while (waiting.size() < window && !cancellation.isCancelled() && rows.hasNext()) {
            waiting.add(engine.answer(rows.next(), cancellation));
        }
    }

    /**
     * Return the next answer, or nothing if it takes longer than that.
     *
     * @throws CancelledException if it was cancelled, or this thread is interrupted
     * @throws IllegalStateException if there is none, or the engine was closed
     */
    public Optional<RowAnswer> next(Duration patience) {
        if (!hasNext()) {
            throw new IllegalStateException("there is no answer to wait for");
        }
        try {
            RowAnswer answer = waiting.getFirst().get(patience.toNanos(), TimeUnit.NANOSECONDS);
            waiting.removeFirst();
            return Optional.of(answer);
        } catch (TimeoutException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            cancellation.cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (ExecutionException e) {
            cancellation.cancel();
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
