package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.UnsupportedCapabilityException;
import dev.proxytune.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/** Ask a chat API in OpenAI's form for the first token of an answer, by {@code POST /chat/completions}. */
final class ChatSource implements RowSource {
    /*
     * Implementation note. Such an API tells texts of tokens, of a tokenizer that may be another one (the paper steered
     * GPT-3.5 by Llama models, section 7). An answer begins a message there, so a space before its first word says
     * nothing: a text stands for the tokens here that have the same bytes but for such a space, and what the API tells
     * of both forms is added up.
     */
    private static final int MOST = 20;
    private static final int FEWER = 5;
    private static final double OUTSIDE = -9000;

    private final RemoteHttp http;
    private final String model;
    private final Vocabulary vocabulary;
    private final Map<String, List<Integer>> ids = new HashMap<>();
    private volatile int top;
    private volatile String limit = "max_tokens";

    ChatSource(RemoteHttp http, String model, RemoteOptions options, Vocabulary vocabulary) {
        this.http = http;
        this.model = model;
        this.vocabulary = vocabulary;
        this.top = options.top() <= 0 ? MOST : Math.min(MOST, options.top());
        for (int id = 0; id < vocabulary.size(); id++) {
            if (!vocabulary.isControl(id) && !vocabulary.isPadding(id)) {
                ids.computeIfAbsent(key(vocabulary.bytes(id)), _ -> new ArrayList<>(2))
                        .add(id);
            }
        }
        ids.remove("");
    }

    /** Return bytes as characters of one byte each, without a space before them. */
    private static String key(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.startsWith(" ") ? text.substring(1) : text;
    }

    @Override
    public void fetch(RowQuery query, Cancellation cancellation) {
        for (RowQuery.Wanted wanted : query.rows()) {
            if (wanted.length() > query.promptLength()) {
                throw new UnsupportedCapabilityException(http.address()
                        + " is a chat API, which cannot continue an answer: only its first token can be steered; ask for"
                        + " one token, as eval realtimeqa does, or use a vLLM or llama.cpp server");
            }
            fetch(query.tokens(), wanted.row(), cancellation);
        }
    }

    private void fetch(Tokens tokens, RemoteRow row, Cancellation cancellation) {
        String text =
                new String(vocabulary.detokenize(tokens.first(tokens.size()), true, false), StandardCharsets.UTF_8);
        for (int tries = 0; ; tries++) {
            try {
                ask(text, row, cancellation);
                return;
            } catch (StatusException e) {
                if (e.status() != 400 || tries == 2 || !adapt(e.said())) {
                    throw e;
                }
            }
        }
    }

    /** Models differ in what they let be asked. */
    private boolean adapt(String said) {
        if (said.contains("max_completion_tokens") && limit.equals("max_tokens")) {
            limit = "max_completion_tokens";
            return true;
        }
        if (said.contains("top_logprobs") && top > FEWER) {
            top = FEWER;
            return true;
        }
        return false;
    }

    private void ask(String text, RemoteRow row, Cancellation cancellation) {
        byte[] body = Json.object(json -> {
            json.writeStringProperty("model", model);
            json.writeArrayPropertyStart("messages");
            json.writeStartObject();
            json.writeStringProperty("role", "user");
            json.writeStringProperty("content", text);
            json.writeEndObject();
            json.writeEndArray();
            json.writeNumberProperty(limit, 1);
            json.writeNumberProperty("temperature", 0);
            json.writeBooleanProperty("logprobs", true);
            json.writeNumberProperty("top_logprobs", top);
        });
        Map<String, Double> told = http.post("/v1/chat/completions", body, ChatSource::read, cancellation);
        fill(row, told);
    }

    private void fill(RemoteRow row, Map<String, Double> told) {
        row.clear();
        double least = 0;
        double mass = 0;
        for (double logprob : told.values()) {
            least = Math.min(least, logprob);
            mass += Math.exp(logprob);
        }
        Map<String, Double> sums = new LinkedHashMap<>();
        told.forEach((text, logprob) -> sums.merge(
                key(text.getBytes(StandardCharsets.ISO_8859_1)),
                logprob,
                (one, other) -> Math.max(one, other) + Math.log1p(Math.exp(-Math.abs(one - other)))));
        sums.forEach((text, logprob) -> {
            for (int id : ids.getOrDefault(text, List.of())) {
                row.put(id, logprob.floatValue());
            }
        });
        row.finish((float) least, mass);
    }

    /** Read the texts of the likeliest first tokens, as bytes in characters, and their log-probabilities. */
    private static Map<String, Double> read(JsonParser json) {
        Map<String, Double> told = new LinkedHashMap<>();
        Json.object(json, name -> name.equals("choices") && readChoices(json, told));
        if (told.isEmpty()) {
            throw new MalformedAnswerException("it has no log-probabilities of first tokens; the model must tell them"
                    + " (logprobs, top_logprobs)");
        }
        return told;
    }

    private static boolean readChoices(JsonParser json, Map<String, Double> told) {
        Json.array(
                json,
                () -> Json.object(
                        json,
                        field -> field.equals("logprobs")
                                && Json.object(json, name -> name.equals("content") && readContent(json, told))));
        return true;
    }

    private static boolean readContent(JsonParser json, Map<String, Double> told) {
        int[] position = {0};
        Json.array(json, () -> {
            if (position[0]++ > 0) {
                json.skipChildren();
                return;
            }
            Json.object(json, name -> {
                if (!name.equals("top_logprobs")) {
                    return false;
                }
                Json.array(json, () -> readEntry(json, told));
                return true;
            });
        });
        return true;
    }

    private static void readEntry(JsonParser json, Map<String, Double> told) {
        String[] texts = {"", ""};
        float[] logprob = {Float.NaN};
        Json.object(json, name -> {
            switch (name) {
                case "token" -> texts[0] = bytesOf(Json.text(json));
                case "bytes" -> {
                    var bytes = new StringBuilder();
                    Json.array(json, () -> bytes.append((char) (Json.whole(json) & 0xFF)));
                    texts[1] = bytes.toString();
                }
                case "logprob" -> logprob[0] = Json.number(json);
                default -> {
                    return false;
                }
            }
            return true;
        });
        // What is outside of the best has a number that says nothing.
        if (logprob[0] > OUTSIDE) {
            told.merge(texts[1].isEmpty() ? texts[0] : texts[1], (double) logprob[0], Math::max);
        }
    }

    private static String bytesOf(Optional<String> text) {
        return new String(text.orElse("").getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void widen(RowQuery query, RowQuery.Wanted wanted, int[] more, Cancellation cancellation) {
        // It tells no more than it has told.
    }

    @Override
    public boolean canContinue() {
        return false;
    }

    @Override
    public int[] tokenize(String text) {
        throw new UnsupportedOperationException("a chat API tells no tokens");
    }
}
