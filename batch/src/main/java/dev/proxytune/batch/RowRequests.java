package dev.proxytune.batch;

import dev.proxytune.openai.AnswerRequest;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.Fields;
import dev.proxytune.openai.JsonGrammars;
import dev.proxytune.openai.RequestDefaults;
import dev.proxytune.openai.RequestReader;
import dev.proxytune.openai.Respondent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what rows ask for. */
final class RowRequests {
    private final Respondent voice;
    private final BatchSettings settings;
    private final JsonGrammars grammars;

    RowRequests(Respondent voice, BatchSettings settings, JsonGrammars grammars) {
        this.voice = voice;
        this.settings = settings;
        this.grammars = grammars;
    }

    Respondent voice() {
        return voice;
    }

    /**
     * Return what a row asks for.
     *
     * @throws dev.proxytune.ProxyTuneException if that cannot be
     */
    AnswerRequest read(BatchRow row) {
        return switch (row) {
            case BatchRow.Plain plain -> plain(plain);
            case BatchRow.OpenAi request -> openAi(request);
            case BatchRow.Unreadable unreadable ->
                throw new IllegalArgumentException("there is nothing to read: " + unreadable.fault());
        };
    }

    private AnswerRequest plain(BatchRow.Plain row) {
        boolean chat = row.fields().hasNonNull("messages");
        String name = row.name()
                .orElseGet(() -> row.fields().get(chat ? "messages" : "prompt").toString());
        AnswerRequest asked = read(chat, withProxy(row.fields()), settings.rows(), name);
        if (asked.requests().size() != 1) {
            throw ApiError.badRequest(
                    "A row asks for one answer: give n answers or prompts a row each, or write OpenAI's form");
        }
        return asked;
    }

    /** A row may name the weight as the command line does. */
    private static Fields withProxy(ObjectNode fields) {
        JsonNode alpha = fields.path("alpha");
        if (alpha.isMissingNode() || alpha.isNull()) {
            return Fields.of(fields);
        }
        if (fields.hasNonNull("proxy")) {
            throw ApiError.wrong("alpha", "The row has both alpha and proxy: leave one out");
        }
        ObjectNode copy = fields.objectNode();
        copy.setAll(fields);
        copy.putObject("proxy").set("alpha", alpha);
        return Fields.of(copy);
    }

    private AnswerRequest openAi(BatchRow.OpenAi row) {
        return read(row.chat(), Fields.of(row.body()), settings.bodies(), row.customId());
    }

    private AnswerRequest read(boolean chat, Fields fields, RequestDefaults defaults, String name) {
        var reader = new RequestReader(fields, voice, grammars, defaults.withSeed(settings.seedFor(name)));
        AnswerRequest asked = chat ? reader.chat() : reader.completion();
        if (asked.stream()) {
            throw ApiError.wrong("stream", "stream is not for batches: leave it out");
        }
        return asked;
    }
}
