package dev.proxytune.openai;

import dev.proxytune.GeneratedToken;
import dev.proxytune.TokenLogprob;
import dev.proxytune.TokenTrace;
import dev.proxytune.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes what is told about tokens. */
public final class TokenJson {
    private final Vocabulary vocabulary;

    public TokenJson(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** Return log-probabilities as chat completions have them. */
    public ObjectNode chatLogprobs(List<GeneratedToken> tokens) {
        ObjectNode logprobs = Json.object();
        ArrayNode content = logprobs.putArray("content");
        for (GeneratedToken token : tokens) {
            ObjectNode entry = content.addObject();
            describe(entry, token.id());
            put(entry, "logprob", token.logprob());
            ArrayNode top = entry.putArray("top_logprobs");
            for (TokenLogprob candidate : token.candidates()) {
                ObjectNode other = top.addObject();
                describe(other, candidate.id());
                other.put("logprob", candidate.logprob());
            }
        }
        logprobs.putNull("refusal");
        return logprobs;
    }

    private void describe(ObjectNode entry, int id) {
        byte[] bytes = vocabulary.bytes(id);
        entry.put("id", id);
        entry.put("token", text(id));
        ArrayNode list = entry.putArray("bytes");
        for (byte b : bytes) {
            list.add(b & 0xff);
        }
    }

    private static void put(ObjectNode entry, String name, OptionalDouble value) {
        if (value.isPresent()) {
            entry.put(name, value.getAsDouble());
        } else {
            entry.putNull(name);
        }
    }

    /** Return a token's text; that of a control token as the vocabulary writes it. */
    public String text(int id) {
        byte[] bytes = vocabulary.bytes(id);
        return bytes.length == 0 ? vocabulary.text(id) : new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Return log-probabilities as text completions have them.
     *
     * @param offset where the first token begins in the answer's text
     */
    public ObjectNode completionLogprobs(List<GeneratedToken> tokens, int offset) {
        ObjectNode logprobs = Json.object();
        ArrayNode texts = logprobs.putArray("tokens");
        ArrayNode values = logprobs.putArray("token_logprobs");
        ArrayNode tops = logprobs.putArray("top_logprobs");
        ArrayNode offsets = logprobs.putArray("text_offset");
        int place = offset;
        for (GeneratedToken token : tokens) {
            String text = text(token.id());
            texts.add(text);
            offsets.add(place);
            // A control token has a name, and nothing in the text.
            place += token.text().length();
            if (token.logprob().isEmpty()) {
                // Nothing comes before the first token of a prompt.
                values.addNull();
                tops.addNull();
                continue;
            }
            values.add(token.logprob().getAsDouble());
            ObjectNode top = tops.addObject();
            for (TokenLogprob candidate : token.candidates()) {
                String other = text(candidate.id());
                // Tokens that spell the same are one key; the likeliest comes first.
                if (!top.has(other)) {
                    top.put(other, candidate.logprob());
                }
            }
        }
        return logprobs;
    }

    /** Return what each role says about tokens. */
    public ArrayNode trace(List<GeneratedToken> tokens) {
        ArrayNode list = Json.object().putArray("trace");
        for (GeneratedToken token : tokens) {
            token.trace().ifPresent(trace -> add(list.addObject(), token, trace));
        }
        return list;
    }

    private void add(ObjectNode entry, GeneratedToken token, TokenTrace trace) {
        entry.put("id", token.id());
        entry.put("token", text(token.id()));
        put(entry, "logprob", token.logprob());
        entry.put("target_logprob", trace.targetLogprob());
        entry.put("delta", trace.delta());
        ObjectNode choice = entry.putObject("target_choice");
        choice.put("id", trace.targetChoice());
        choice.put("token", text(trace.targetChoice()));
        candidates(entry, "candidates", token.candidates());
        candidates(entry, "target_candidates", trace.targetCandidates());
        ArrayNode pairs = entry.putArray("pairs");
        for (TokenTrace.PairTrace pair : trace.pairs()) {
            ObjectNode one = pairs.addObject();
            put(one, "expert_logprob", pair.expertLogprob());
            put(one, "anti_expert_logprob", pair.antiExpertLogprob());
            candidates(one, "expert_candidates", pair.expertCandidates());
            candidates(one, "anti_expert_candidates", pair.antiExpertCandidates());
        }
    }

    private void candidates(ObjectNode entry, String name, List<TokenLogprob> candidates) {
        if (candidates.isEmpty()) {
            return;
        }
        ArrayNode list = entry.putArray(name);
        for (TokenLogprob candidate : candidates) {
            ObjectNode one = list.addObject();
            one.put("id", candidate.id());
            one.put("token", text(candidate.id()));
            one.put("logprob", candidate.logprob());
        }
    }
}
