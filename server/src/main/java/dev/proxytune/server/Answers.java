package dev.proxytune.server;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.GenerationRequest;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the answers to one request while they are made.
 *
 * <p>What the engine says waits here until the connection takes it: no more than the answers themselves are long, so a
 * client that reads slowly costs memory for its own answers and nobody else's time.
 */
final class Answers implements Inbox.Listener {
    private final LinkedBlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final Cancellation cancellation = new Cancellation();
    private final int count;
    private final Trace trace;

    private Answers(int count, Trace trace) {
        this.count = count;
        this.trace = trace;
    }

    /**
     * Ask for answers.
     *
     * @throws ApiException if they find no place in the queue
     */
    static Answers begin(Engine engine, List<GenerationRequest> requests, ModelMeters meters, Trace trace) {
        int count = requests.size();
        if (count > engine.capacity()) {
            throw ApiError.badRequest("The request asks for " + count + " answers, and the queue holds "
                    + engine.capacity() + ": ask for fewer");
        }
        if (!engine.reserve(count)) {
            meters.refuse();
            throw ApiError.busy(engine.running() + engine.queued());
        }
        var answers = new Answers(count, trace);
        trace.expect(count);
        int submitted = 0;
        try {
            for (GenerationRequest request : requests) {
                answers.submit(engine, submitted, request, meters.begin());
                submitted++;
            }
        } catch (IllegalStateException e) {
            // The model has just been unloaded, or the server is stopping.
            engine.release(count - submitted);
            trace.expect(submitted - count);
            answers.cancel();
            throw ApiError.unavailable("The model is being unloaded: try again");
        }
        return answers;
    }

    private void submit(Engine engine, int choice, GenerationRequest request, ModelMeters.Watch watch) {
        var _ = engine.submit(request, cancellation, event -> {
                    watch.see(event);
                    signals.add(new Signal.Progress(choice, event));
                })
                .whenComplete((completion, failure) -> end(choice, completion, failure, watch));
    }

    private void end(
            int choice, @Nullable Completion completion, @Nullable Throwable failure, ModelMeters.Watch watch) {
        if (completion != null) {
            watch.end(completion);
            trace.answer(choice, watch.times(), completion);
            signals.add(new Signal.Done(choice, completion));
        } else {
            watch.fail();
            Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : failure;
            Throwable known = cause == null ? new IllegalStateException("no answer") : cause;
            trace.fail(known);
            signals.add(new Signal.Failed(choice, known));
        }
    }

    /** Return the number of answers. */
    int count() {
        return count;
    }

    /** Return what happened next, or nothing if nothing did in the given time. */
    Optional<Signal> next(Duration patience) {
        try {
            return Optional.ofNullable(signals.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
            throw ApiError.unavailable("The server is stopping");
        }
    }

    /** Return what has happened already. */
    Optional<Signal> nextNow() {
        return Optional.ofNullable(signals.poll());
    }

    @Override
    public void ended() {
        signals.add(new Signal.Doubt());
    }

    @Override
    public void gone() {
        cancel();
        signals.add(new Signal.Gone());
    }

    /** End the answers before their next token. */
    void cancel() {
        cancellation.cancel();
    }
}
