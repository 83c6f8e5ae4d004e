package dev.proxytune.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.proxytune.Cancellation;
import dev.proxytune.CapacityException;
import dev.proxytune.Completion;
import dev.proxytune.GenerationRequest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Answer by a model in this process: LangChain4j's {@link ChatModel}.
 *
 * <p>Thread-safe; requests of several threads are answered in one running batch, and what a prompt has in common with an
 * earlier one, such as the turns of a conversation before the last, is not computed again. An interrupted thread gets a
 * {@link dev.proxytune.CancelledException}.
 */
public final class ProxyTuningChatModel implements ChatModel, AutoCloseable {
    private final LocalModel model;

    private ProxyTuningChatModel(LocalModel model) {
        this.model = model;
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        GenerationRequest asked = model.request(request);
        try {
            return model.response(model.generator().generate(asked));
        } catch (CapacityException e) {
            throw LocalModel.refused(e);
        }
    }

    /** Ask for an answer; cancelling the future ends it, and what hangs on the future runs in a thread of its own. */
    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        var cancellation = new Cancellation();
        CompletableFuture<Completion> completion;
        try {
            completion = model.generator().submit(model.request(request), cancellation, event -> {});
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<ChatResponse> response = completion.handleAsync(
                (done, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(LocalModel.translated(failure));
                    }
                    return model.response(done);
                },
                task -> Thread.ofVirtual().start(task));
        var _ = response.whenComplete((_, _) -> {
            if (response.isCancelled()) {
                cancellation.cancel();
            }
        });
        return response;
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return model.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return model.listeners();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return LocalModel.CAPABILITIES;
    }

    /** Let answers that run fail, and free the contexts, not the model. Closing twice is allowed. */
    @Override
    public void close() {
        model.close();
    }

    /** Collects what a chat model is made of. */
    public static final class Builder extends LocalModelBuilder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Open the model's contexts, unless a generator is given.
         *
         * @throws IllegalStateException if there is neither a model nor a generator
         * @throws CapacityException if the contexts do not fit into memory
         */
        public ProxyTuningChatModel build() {
            return new ProxyTuningChatModel(open());
        }
    }
}
