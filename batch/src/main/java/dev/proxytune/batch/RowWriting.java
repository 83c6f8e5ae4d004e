package dev.proxytune.batch;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.openai.AnswerFormat;
import dev.proxytune.openai.AnswerFormat.Part;
import dev.proxytune.openai.AnswerFormat.Usage;
import dev.proxytune.openai.AnswerRequest;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import dev.proxytune.openai.Json;
import dev.proxytune.openai.Respondent;
import dev.proxytune.openai.TokenJson;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the answer to one row. */
final class RowWriting {
    private static final int NAME_BYTES = 12;

    private final BatchRow row;
    private final Respondent voice;

    RowWriting(BatchRow row, Respondent voice) {
        this.row = row;
        this.voice = voice;
    }

    /** Answer a row that cannot be understood. */
    RowAnswer refusal(BatchRow.Unreadable unreadable) {
        if (!unreadable.openAi()) {
            return plainError(unreadable.id(), unreadable.fault());
        }
        ObjectNode fields = envelope(unreadable.id().map(JsonNode::asString));
        fields.putNull("response");
        ObjectNode error = fields.putObject("error");
        error.put("code", "invalid_request");
        error.put("message", unreadable.fault());
        return failed(fields, unreadable.fault());
    }

    /** Answer a row whose request fails. */
    RowAnswer failure(ProxyTuneException cause) {
        String message = String.valueOf(cause.getMessage());
        if (row instanceof BatchRow.OpenAi request) {
            ApiError error = cause instanceof ApiException refused
                    ? refused.error()
                    : ApiError.badRequest(message).error();
            ObjectNode fields = envelope(Optional.of(request.customId()));
            response(fields, error.status()).set("body", Json.node(error.body()));
            fields.putNull("error");
            return failed(fields, message);
        }
        return plainError(row instanceof BatchRow.Plain plain ? plain.id() : Optional.empty(), message);
    }

    private RowAnswer plainError(Optional<JsonNode> id, String message) {
        ObjectNode fields = Json.object();
        fields.set("id", id.orElseGet(fields::nullNode));
        fields.put("error", message);
        return failed(fields, message);
    }

    private RowAnswer failed(ObjectNode fields, String message) {
        return new RowAnswer(fields, row.name(), Optional.empty(), Optional.empty(), 0, 0, Optional.of(message));
    }

    /** Answer a row with what was generated. */
    RowAnswer answer(AnswerRequest asked, List<Part> whole, Usage usage) {
        return row instanceof BatchRow.OpenAi request
                ? openAi(request, asked, whole, usage)
                : plain(asked, whole.getFirst(), usage);
    }

    private RowAnswer plain(AnswerRequest asked, Part part, Usage usage) {
        Optional<JsonNode> id = row instanceof BatchRow.Plain plain ? plain.id() : Optional.empty();
        Optional<String> reason = part.end().map(end -> end.name().toLowerCase(Locale.ROOT));
        ObjectNode fields = Json.object();
        fields.set("id", id.orElseGet(fields::nullNode));
        fields.put("text", part.text());
        fields.put("finish_reason", reason.orElse(null));
        fields.put("prompt_tokens", usage.prompt());
        fields.put("completion_tokens", usage.completion());
        var tokens = new TokenJson(voice.vocabulary());
        if (asked.logprobs()) {
            fields.set("logprobs", tokens.chatLogprobs(part.tokens()));
        }
        if (asked.trace()) {
            fields.set("proxy_trace", tokens.trace(part.tokens()));
        }
        return new RowAnswer(
                fields,
                row.name(),
                Optional.of(part.text()),
                reason,
                usage.prompt(),
                usage.completion(),
                Optional.empty());
    }

    private RowAnswer openAi(BatchRow.OpenAi request, AnswerRequest asked, List<Part> whole, Usage usage) {
        ObjectNode fields = envelope(Optional.of(request.customId()));
        var format = new AnswerFormat(request.chat(), asked, voice, name(Optional.of(request.customId())));
        response(fields, 200).set("body", format.whole(whole, usage));
        fields.putNull("error");
        return new RowAnswer(
                fields,
                row.name(),
                Optional.empty(),
                Optional.empty(),
                usage.prompt(),
                usage.completion(),
                Optional.empty());
    }

    private static ObjectNode response(ObjectNode fields, int status) {
        ObjectNode response = fields.putObject("response");
        response.put("status_code", status);
        response.put("request_id", "req_" + fields.get("id").asString().substring("batch_req_".length()));
        return response;
    }

    private static ObjectNode envelope(Optional<String> customId) {
        ObjectNode fields = Json.object();
        fields.put("id", "batch_req_" + name(customId));
        fields.put("custom_id", customId.orElse(null));
        return fields;
    }

    private static String name(Optional<String> customId) {
        return HexFormat.of().formatHex(BatchSettings.digest(customId.orElse("")), 0, NAME_BYTES);
    }
}
