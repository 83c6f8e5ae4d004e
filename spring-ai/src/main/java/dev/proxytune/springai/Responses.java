package dev.proxytune.springai;

import dev.proxytune.Completion;
import java.util.List;
import java.util.UUID;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** Makes the responses to one prompt. */
final class Responses {
    private final String id = "chat-" + UUID.randomUUID();
    private final String model;

    Responses(String model) {
        this.model = model;
    }

    /** Return a piece of the answer. */
    ChatResponse piece(String text) {
        return new ChatResponse(
                List.of(new Generation(new AssistantMessage(text))), metadata().build());
    }

    /** Return the end of an answer that came in pieces. */
    ChatResponse end(Completion completion) {
        return response("", completion);
    }

    /** Return the answer as a whole. */
    ChatResponse whole(Completion completion) {
        return response(completion.text(), completion);
    }

    private ChatResponse response(String text, Completion completion) {
        var reason = ChatGenerationMetadata.builder()
                .finishReason(completion.finishReason().name())
                .build();
        var usage =
                new DefaultUsage(completion.promptTokens(), completion.tokens().size());
        return new ChatResponse(
                List.of(new Generation(new AssistantMessage(text), reason)),
                metadata().usage(usage).build());
    }

    private ChatResponseMetadata.Builder metadata() {
        return ChatResponseMetadata.builder().id(id).model(model);
    }
}
