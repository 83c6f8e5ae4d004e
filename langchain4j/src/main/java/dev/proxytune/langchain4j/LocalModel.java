package dev.proxytune.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.proxytune.CapacityException;
import dev.proxytune.Completion;
import dev.proxytune.GenerationRequest;
import dev.proxytune.SharedGenerator;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Holds what both chat models are made of. Thread-safe.
 *
 * @param owned whether closing this closes the generator
 */
record LocalModel(
        Requests requests,
        SharedGenerator generator,
        boolean owned,
        ProxyTuningChatRequestParameters defaults,
        List<ChatModelListener> listeners)
        implements AutoCloseable {

    static final Set<Capability> CAPABILITIES = Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);

    LocalModel {
        listeners = List.copyOf(listeners);
    }

    GenerationRequest request(ChatRequest request) {
        return requests.request(request);
    }

    ChatResponse response(Completion completion) {
        int generated = completion.tokens().size();
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(completion.text()))
                .metadata(ChatResponseMetadata.builder()
                        .id("chat-" + UUID.randomUUID())
                        .modelName(requests.name())
                        .tokenUsage(new TokenUsage(
                                completion.promptTokens(), generated, completion.promptTokens() + generated))
                        .finishReason(reason(completion))
                        .build())
                .build();
    }

    private static FinishReason reason(Completion completion) {
        return switch (completion.finishReason()) {
            case STOP -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case CANCELLED -> FinishReason.OTHER;
        };
    }

    /** Return a failure as LangChain4j's users know it. */
    static Throwable translated(Throwable failure) {
        return failure instanceof CapacityException outgrown ? refused(outgrown) : failure;
    }

    /** Return what to throw where a prompt does not fit into the context. */
    static InvalidRequestException refused(CapacityException failure) {
        return new InvalidRequestException(String.valueOf(failure.getMessage()), failure);
    }

    @Override
    public void close() {
        if (owned) {
            generator.close();
        }
    }
}
