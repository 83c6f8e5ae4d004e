package dev.proxytune.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;

/**
 * Answer by a model in this process, piece by piece: LangChain4j's {@link StreamingChatModel}.
 *
 * <p>Thread-safe, as {@link ProxyTuningChatModel} is. Handlers are called in a virtual thread of each answer's own, so
 * that one who takes long holds up nobody else. The handle that comes with each piece ends the answer before its next
 * token; after that the handler hears nothing more. All failures go to {@code onError}.
 */
public final class ProxyTuningStreamingChatModel implements StreamingChatModel, AutoCloseable {
    private final LocalModel model;

    private ProxyTuningStreamingChatModel(LocalModel model) {
        this.model = model;
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        StreamedAnswer.begin(model, request, handler);
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
         * @throws dev.proxytune.CapacityException if the contexts do not fit into memory
         */
        public ProxyTuningStreamingChatModel build() {
            return new ProxyTuningStreamingChatModel(open());
        }
    }
}
