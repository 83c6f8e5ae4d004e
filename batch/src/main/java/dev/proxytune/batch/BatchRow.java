package dev.proxytune.batch;

import dev.proxytune.jsonl.JsonFaults;
import dev.proxytune.openai.Fields;
import dev.proxytune.openai.Json;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Is a row of a batch: what is asked, or what is wrong with it. */
public sealed interface BatchRow {

    /**
     * Asks for the answer to a prompt or a conversation.
     *
     * @param id what the row is called, if it has a name: a text, a number or a boolean
     * @param fields {@code prompt} or {@code messages}, and the settings of this answer
     */
    record Plain(Optional<JsonNode> id, ObjectNode fields) implements BatchRow {}

    /**
     * Asks as OpenAI's files of requests do.
     *
     * @param customId what the row is called
     * @param chat whether a conversation is to go on, or a text
     * @param body the body of the request
     */
    record OpenAi(String customId, boolean chat, ObjectNode body) implements BatchRow {}

    /**
     * Cannot be understood.
     *
     * @param id what the row is called, if that can be told
     * @param openAi whether its answer has OpenAI's form
     * @param fault what is wrong
     */
    record Unreadable(Optional<JsonNode> id, boolean openAi, String fault) implements BatchRow {}

    /** Return what the row is called, if it has a name. */
    default Optional<String> name() {
        return switch (this) {
            case Plain plain -> plain.id().map(JsonNode::asString);
            case OpenAi request -> Optional.of(request.customId());
            case Unreadable unreadable -> unreadable.id().map(JsonNode::asString);
        };
    }

    /** Return whether its answer has OpenAI's form. */
    default boolean isOpenAi() {
        return switch (this) {
            case Plain _ -> false;
            case OpenAi _ -> true;
            case Unreadable unreadable -> unreadable.openAi();
        };
    }

    /** Return a row that is no text. */
    static BatchRow unreadable(String fault, boolean openAi) {
        return new Unreadable(Optional.empty(), openAi, fault);
    }

    /**
     * Read a line.
     *
     * @param openAi whether the answer to a line that cannot be understood has OpenAI's form
     */
    static BatchRow parse(String line, boolean openAi) {
        JsonNode node;
        try {
            node = Json.tree(line);
        } catch (JacksonException e) {
            return unreadable("The row is not JSON: " + JsonFaults.reason(e.getOriginalMessage()), openAi);
        }
        return node instanceof ObjectNode object
                ? of(object)
                : unreadable("The row is " + Fields.describe(node) + ", an object is expected", openAi);
    }

    /** Read an object. */
    static BatchRow of(ObjectNode object) {
        Fields fields = Fields.of(object);
        return isOpenAi(object) ? openAi(fields) : plain(fields);
    }

    /** Return whether an object is a row of OpenAI's files. */
    static boolean isOpenAi(ObjectNode object) {
        return object.has("custom_id") || (object.has("body") && object.has("url"));
    }

    private static BatchRow plain(Fields fields) {
        Optional<JsonNode> id = fields.find("id");
        if (id.isPresent() && id.get().isContainer()) {
            return new Unreadable(Optional.empty(), false, "id must be a text or a number");
        }
        if (fields.has("prompt") == fields.has("messages")) {
            String fault = fields.has("prompt")
                    ? "The row has both prompt and messages: leave one out"
                    : "The row has neither prompt nor messages";
            return new Unreadable(id, false, fault);
        }
        return new Plain(id, fields.object());
    }

    private static BatchRow openAi(Fields fields) {
        Optional<JsonNode> id = fields.find("custom_id").filter(JsonNode::isString);
        String fault = fault(fields, id);
        if (!fault.isEmpty()) {
            return new Unreadable(id, true, fault);
        }
        boolean chat = path(fields).equals("/chat/completions");
        return new OpenAi(id.orElseThrow().asString(), chat, (ObjectNode)
                fields.find("body").orElseThrow());
    }

    private static String fault(Fields fields, Optional<JsonNode> id) {
        if (id.isEmpty()) {
            return "custom_id is missing: a text is expected";
        }
        if (!fields.find("method").map(JsonNode::asString).orElse("POST").equalsIgnoreCase("POST")) {
            return "method must be POST, got "
                    + Fields.describe(fields.find("method").orElseThrow());
        }
        if (!path(fields).equals("/chat/completions") && !path(fields).equals("/completions")) {
            return "url must be /v1/chat/completions or /v1/completions, got "
                    + fields.find("url").map(Fields::describe).orElse("none");
        }
        if (!(fields.find("body").orElse(null) instanceof ObjectNode)) {
            return "body is missing: an object is expected";
        }
        return "";
    }

    private static String path(Fields fields) {
        String url = fields.find("url")
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .orElse("");
        return url.startsWith("/v1/") ? url.substring(3) : url;
    }
}
