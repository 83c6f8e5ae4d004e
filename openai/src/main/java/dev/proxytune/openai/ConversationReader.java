package dev.proxytune.openai;

import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the messages of a conversation, and what else templates see. */
final class ConversationReader {
    private final Fields fields;

    ConversationReader(Fields fields) {
        this.fields = fields;
    }

    Conversation read() {
        JsonNode list = fields.find("messages")
                .orElseThrow(() -> ApiError.wrong("messages", "messages is missing: a list of messages is expected"));
        if (!(list instanceof ArrayNode array) || array.isEmpty()) {
            throw fields.wrong("messages", "a list of one message or more", list);
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            String place = "messages[" + i + "]";
            if (!(array.get(i) instanceof ObjectNode message)) {
                throw fields.wrong(place, "an object", array.get(i));
            }
            messages.add(message(new Fields(message, place + ".")));
        }
        return Conversation.of(messages).withVariables(variables());
    }

    private static Message message(Fields message) {
        String role = message.text("role").orElse("");
        if (role.isEmpty()) {
            throw ApiError.wrong(message.name("role"), message.name("role") + " is missing");
        }
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : message.object().properties()) {
            if (!entry.getKey().equals("role") && !entry.getKey().equals("content")) {
                more.put(entry.getKey(), Json.plain(entry.getValue()));
            }
        }
        return new Message(role, content(message), more);
    }

    private static String content(Fields message) {
        JsonNode content = message.find("content").orElse(null);
        if (content == null) {
            // An assistant that only called tools has said nothing.
            return "";
        }
        if (content.isString()) {
            return content.asString();
        }
        if (!(content instanceof ArrayNode parts)) {
            throw message.wrong("content", "a text or a list of parts", content);
        }
        var text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            JsonNode part = parts.get(i);
            if (!part.path("type").asString("").equals("text")
                    || !part.path("text").isString()) {
                throw message.wrong(
                        "content[" + i + "]", "a part of the type text, as these models read no others", part);
            }
            text.append(part.get("text").asString());
        }
        return text.toString();
    }

    private Map<String, @Nullable Object> variables() {
        Map<String, @Nullable Object> variables = new LinkedHashMap<>();
        fields.object("chat_template_kwargs")
                .ifPresent(more -> more.object()
                        .properties()
                        .forEach(entry -> variables.put(entry.getKey(), Json.plain(entry.getValue()))));
        fields.find("tools").ifPresent(tools -> {
            if (!(tools instanceof ArrayNode)) {
                throw fields.wrong("tools", "a list", tools);
            }
            if (!tools.isEmpty()) {
                variables.put("tools", Json.plain(tools));
            }
        });
        return variables;
    }
}
