package dev.proxytune.openai;

import dev.proxytune.Penalties;
import dev.proxytune.Sampling;
import dev.proxytune.TokenConstraint;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads how tokens are to be drawn. */
final class SamplingReader {
    private static final float UNBOUNDED = Float.MAX_VALUE;

    private final Fields fields;
    private final Respondent respondent;
    private final JsonGrammars grammars;

    SamplingReader(Fields fields, Respondent respondent, JsonGrammars grammars) {
        this.fields = fields;
        this.respondent = respondent;
        this.grammars = grammars;
    }

    /**
     * Return what is asked for.
     *
     * @param usual what is not asked for; its seed, if no other is wanted
     */
    Sampling read(Sampling usual) {
        float topP = fields.number("top_p", usual.topP(), 0, 1);
        Sampling sampling = usual.withTemperature(fields.number("temperature", usual.temperature(), 0, UNBOUNDED))
                .withTopK(topK(usual.topK()))
                // 0 asks for the likeliest token alone, as the smallest of the positive numbers does.
                .withTopP(topP == 0 ? Float.MIN_NORMAL : topP)
                .withMinP(fields.number("min_p", usual.minP(), 0, 1))
                .withPenalties(penalties(usual.penalties()))
                .withLogitBias(fields.has("logit_bias") ? logitBias() : usual.logitBias())
                .withSeed(seed(usual.seed()));
        return constraint().map(sampling::withConstraint).orElse(sampling);
    }

    /** Return the number of candidates; clients say −1 for all too. */
    private int topK(int usual) {
        int k = fields.integer("top_k", -1, Integer.MAX_VALUE).orElse(usual);
        return Math.max(k, 0);
    }

    private Penalties penalties(Penalties usual) {
        String repeat = fields.has("repetition_penalty") ? "repetition_penalty" : "repeat_penalty";
        float factor = fields.number(repeat, usual.repeat(), 0, UNBOUNDED);
        if (factor == 0) {
            throw ApiError.wrong(repeat, repeat + " must be above 0");
        }
        return new Penalties(
                factor,
                fields.number("frequency_penalty", usual.frequency(), -UNBOUNDED, UNBOUNDED),
                fields.number("presence_penalty", usual.presence(), -UNBOUNDED, UNBOUNDED),
                fields.integer("repeat_last_n", -1, Integer.MAX_VALUE).orElse(usual.window()));
    }

    private long seed(long usual) {
        Optional<JsonNode> given = fields.find("seed");
        long seed = given.map(node -> fields.whole("seed", node, Long.MIN_VALUE, Long.MAX_VALUE))
                .orElse(-1L);
        return seed == -1 ? usual : seed;
    }

    private Map<Integer, Float> logitBias() {
        Map<Integer, Float> biases = new HashMap<>();
        JsonNode node = fields.find("logit_bias").orElse(Json.object());
        if (node instanceof ObjectNode object) {
            object.properties().forEach(entry -> biases.put(id(entry.getKey()), bias(entry.getValue())));
        } else if (node instanceof ArrayNode array) {
            for (JsonNode pair : array) {
                if (!(pair instanceof ArrayNode)
                        || pair.size() != 2
                        || !pair.get(0).isIntegralNumber()) {
                    throw fields.wrong("logit_bias", "an object, or a list of pairs of a token id and a bias", pair);
                }
                biases.put(id(pair.get(0).asString()), bias(pair.get(1)));
            }
        } else {
            throw fields.wrong("logit_bias", "an object of token ids and biases", node);
        }
        return biases;
    }

    private int id(String text) {
        int size = respondent.vocabulary().size();
        try {
            int id = Integer.parseInt(text);
            if (id >= 0 && id < size) {
                return id;
            }
        } catch (NumberFormatException _) {
            // Refused below.
        }
        throw ApiError.wrong(
                "logit_bias",
                "logit_bias must name token ids from 0 to " + (size - 1) + ", got "
                        + text.substring(0, Math.min(40, text.length())));
    }

    private float bias(JsonNode node) {
        // As llama.cpp has it; −100 is OpenAI's word for the same.
        if (node.isBoolean() && !node.booleanValue()) {
            return Float.NEGATIVE_INFINITY;
        }
        return fields.finite("logit_bias", node, -UNBOUNDED, UNBOUNDED);
    }

    private Optional<TokenConstraint> constraint() {
        return grammar().map(respondent::constraint);
    }

    private Optional<String> grammar() {
        Optional<String> own = fields.text("grammar");
        if (own.isPresent()) {
            return own;
        }
        Optional<Fields> format = fields.object("response_format");
        if (format.isEmpty()) {
            return fields.find("json_schema").map(this::schema);
        }
        String type = format.get()
                .text("type")
                .orElseThrow(() -> ApiError.wrong("response_format.type", "response_format.type is missing"));
        return switch (type) {
            case "text" -> Optional.empty();
            case "json_object" ->
                Optional.of(format.get().find("schema").map(this::schema).orElseGet(grammars::anyObject));
            case "json_schema" ->
                Optional.of(schema(format.get()
                        .object("json_schema")
                        .flatMap(inner -> inner.find("schema"))
                        .orElseThrow(() -> ApiError.wrong(
                                "response_format.json_schema.schema",
                                "response_format.json_schema.schema is missing"))));
            default ->
                throw ApiError.wrong(
                        "response_format.type",
                        "response_format.type must be text, json_object or json_schema, got "
                                + Fields.describe(format.get().find("type").orElseThrow()));
        };
    }

    private String schema(JsonNode node) {
        Object schema = Json.exact(node);
        if (schema == null) {
            throw fields.wrong("response_format", "a schema", node);
        }
        return grammars.of(schema);
    }
}
