package dev.proxytune.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Turns LangChain4j's messages into a conversation. */
final class Messages {

    private Messages() {}

    /**
     * Return the conversation.
     *
     * @throws UnsupportedFeatureException if it holds anything but text
     */
    static Conversation conversation(List<ChatMessage> messages) {
        return Conversation.of(messages.stream().map(Messages::message).toList());
    }

    private static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Message.system(system.text());
            case UserMessage user -> user(user);
            case AiMessage ai -> assistant(ai);
            default ->
                throw new UnsupportedFeatureException("Messages of the type " + message.type()
                        + " are not supported: these models read what system, user and assistant say");
        };
    }

    private static Message user(UserMessage user) {
        var text = new StringBuilder();
        for (Content content : user.contents()) {
            if (!(content instanceof TextContent part)) {
                throw new UnsupportedFeatureException("Content of the type "
                        + content.type().toString().toLowerCase(Locale.ROOT)
                        + " is not supported: these models read text alone");
            }
            text.append(part.text());
        }
        return new Message("user", text.toString(), user.name() == null ? Map.of() : Map.of("name", user.name()));
    }

    private static Message assistant(AiMessage ai) {
        if (ai.hasToolExecutionRequests()) {
            throw new UnsupportedFeatureException("Tools are not supported: an assistant's message asks for one");
        }
        return Message.assistant(Objects.requireNonNullElse(ai.text(), ""));
    }
}
