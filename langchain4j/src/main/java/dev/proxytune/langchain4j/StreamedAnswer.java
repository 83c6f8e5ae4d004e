package dev.proxytune.langchain4j;

import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.GenerationEvent;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Is an answer on its way to a handler, which takes the pieces from a queue in a thread of their own. */
final class StreamedAnswer implements StreamingHandle {
    private final StreamingChatResponseHandler handler;
    private final Cancellation cancellation = new Cancellation();
    private final LinkedBlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
    private boolean over;

    private StreamedAnswer(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    /** Ask for an answer. */
    static void begin(LocalModel model, ChatRequest request, StreamingChatResponseHandler handler) {
        var answer = new StreamedAnswer(handler);
        Thread.ofVirtual().name("answer").start(answer::run);
        try {
            var _ = model.generator()
                    .submit(model.request(request), answer.cancellation, answer::see)
                    .whenComplete((completion, failure) -> answer.end(model, completion, failure));
        } catch (RuntimeException e) {
            answer.fail(e);
        }
    }

    private void see(GenerationEvent event) {
        String text = event.text();
        if (!text.isEmpty()) {
            calls.add(() -> InternalStreamingChatResponseHandlerUtils.onPartialResponse(handler, text, this));
        }
    }

    private void end(LocalModel model, @Nullable Completion completion, @Nullable Throwable failure) {
        if (completion == null) {
            fail(failure == null ? new IllegalStateException("no answer") : LocalModel.translated(failure));
            return;
        }
        calls.add(() -> {
            over = true;
            ChatResponse response = model.response(completion);
            InternalStreamingChatResponseHandlerUtils.onCompleteResponse(handler, response);
        });
    }

    private void fail(Throwable failure) {
        calls.add(() -> {
            over = true;
            InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(() -> handler.onError(failure));
        });
    }

    private void run() {
        try {
            while (!over) {
                Runnable call = calls.take();
                if (cancellation.isCancelled()) {
                    return;
                }
                call.run();
            }
        } catch (InterruptedException e) {
            // Only the handler can have interrupted the thread that calls it.
            Thread.currentThread().interrupt();
        } finally {
            // A handler that threw an error, or interrupted this, will not hear the rest.
            if (!over) {
                cancellation.cancel();
            }
        }
    }

    @Override
    public void cancel() {
        cancellation.cancel();
    }

    @Override
    public boolean isCancelled() {
        return cancellation.isCancelled();
    }
}
