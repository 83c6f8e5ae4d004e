package dev.proxytune;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Hold a request that waits or runs, its answer, and where that goes. Not thread-safe. */
final class Job {
    private final GenerationRequest request;
    private final Cancellation cancellation;
    private final Consumer<? super GenerationEvent> listener;
    private final CompletableFuture<Completion> result = new CompletableFuture<>();
    private Runnable leaving = () -> {};
    private @Nullable Answer answer;
    private long started;
    private long answering;

    Job(GenerationRequest request, Cancellation cancellation, Consumer<? super GenerationEvent> listener) {
        this.request = request;
        this.cancellation = cancellation;
        this.listener = listener;
    }

    GenerationRequest request() {
        return request;
    }

    Prompt prompt() {
        return request.prompt();
    }

    Cancellation cancellation() {
        return cancellation;
    }

    CompletableFuture<Completion> result() {
        return result;
    }

    /** Run something on cancelling, until the answer begins. Called before other threads know of the job. */
    void leaveBy(Runnable action) {
        leaving = action;
        cancellation.add(action);
    }

    /** End without having begun, in any thread. */
    void abandon() {
        try {
            listener.accept(new GenerationEvent.Finished(FinishReason.CANCELLED, ""));
            result.complete(new Completion(
                    "", List.of(), FinishReason.CANCELLED, prompt().length(), Duration.ZERO, Duration.ZERO));
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Begin the answer, which may end it at once. */
    void begin(Vocabulary vocabulary, SamplerScratch scratch) {
        cancellation.remove(leaving);
        started = System.nanoTime();
        answering = started;
        answer = new Answer(request, vocabulary, scratch, listener);
        if (!answer.isFinished() && cancellation.isCancelled()) {
            answer.finish(FinishReason.CANCELLED);
        }
    }

    /** Note that the prompt has been computed. */
    void endPrompt() {
        answering = System.nanoTime();
    }

    Answer answer() {
        if (answer == null) {
            throw new IllegalStateException("The answer has not begun");
        }
        return answer;
    }

    boolean isFinished() {
        return answer().isFinished();
    }

    /** Hand over the finished answer. */
    void complete() {
        Answer done = answer();
        done.close();
        result.complete(new Completion(
                done.text(),
                done.tokens(),
                done.finishReason().orElseThrow(),
                prompt().length(),
                Duration.ofNanos(answering - started),
                Duration.ofNanos(System.nanoTime() - answering)));
    }

    void fail(Throwable cause) {
        if (answer != null) {
            answer.close();
        }
        result.completeExceptionally(cause);
    }
}
