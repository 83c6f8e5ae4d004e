package dev.proxytune.openai;

import dev.proxytune.FinishReason;
import dev.proxytune.GeneratedToken;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/** Writes the answers to one request in OpenAI's form: of chat completions, or of text completions. */
public final class AnswerFormat {
    private final boolean chat;
    private final AnswerRequest request;
    private final String model;
    private final String id;
    private final long created;
    private final TokenJson tokens;

    /**
     * Write an answer that is made now.
     *
     * @param chat whether chat completions are written, or text completions
     */
    public AnswerFormat(boolean chat, AnswerRequest request, Respondent respondent) {
        this(chat, request, respondent, random());
    }

    /**
     * Write an answer that is made now.
     *
     * @param chat whether chat completions are written, or text completions
     * @param name what tells the answer from others
     */
    public AnswerFormat(boolean chat, AnswerRequest request, Respondent respondent, String name) {
        this.chat = chat;
        this.request = request;
        this.model = respondent.name();
        this.tokens = new TokenJson(respondent.vocabulary());
        this.id = (chat ? "chatcmpl-" : "cmpl-") + name;
        this.created = Instant.now().getEpochSecond();
    }

    private static String random() {
        byte[] random = new byte[12];
        RandomGenerator.getDefault().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /**
     * Hold a part of an answer.
     *
     * @param choice the number of the answer
     * @param text the text
     * @param tokens the tokens that became certain with it
     * @param offset where the text of the first of these tokens begins in the answer
     * @param end why the answer ends with this part, if it does
     */
    public record Part(int choice, String text, List<GeneratedToken> tokens, int offset, Optional<FinishReason> end) {

        /** Return the part that parts of one answer, one or more, make up together. */
        public static Part join(List<Part> parts) {
            var text = new StringBuilder();
            List<GeneratedToken> tokens = new ArrayList<>();
            parts.forEach(part -> {
                text.append(part.text());
                tokens.addAll(part.tokens());
            });
            Part last = parts.getLast();
            return new Part(
                    last.choice(), text.toString(), tokens, parts.getFirst().offset(), last.end());
        }
    }

    /** Return the first chunk of an answer of a chat, which says who speaks. */
    public ObjectNode opening(int choice) {
        ObjectNode chunk = envelope(true);
        ObjectNode entry = chunk.putArray("choices").addObject();
        entry.put("index", choice);
        ObjectNode delta = entry.putObject("delta");
        delta.put("role", "assistant");
        delta.put("content", "");
        entry.putNull("logprobs");
        entry.putNull("finish_reason");
        usageIsLast(chunk);
        return chunk;
    }

    /** Return whether a stream begins with a chunk that has no text yet. */
    public boolean hasOpening() {
        return chat;
    }

    /** Return a part as a chunk of a stream. */
    public ObjectNode chunk(Part part) {
        ObjectNode chunk = envelope(true);
        ObjectNode entry = chunk.putArray("choices").addObject();
        entry.put("index", part.choice());
        if (chat) {
            ObjectNode delta = entry.putObject("delta");
            if (!part.text().isEmpty()) {
                delta.put("content", part.text());
            }
        } else {
            entry.put("text", part.text());
        }
        complete(entry, part);
        usageIsLast(chunk);
        return chunk;
    }

    /** Return the whole answers. */
    public ObjectNode whole(List<Part> parts, Usage usage) {
        ObjectNode body = envelope(false);
        var choices = body.putArray("choices");
        for (Part part : parts) {
            ObjectNode entry = choices.addObject();
            entry.put("index", part.choice());
            if (chat) {
                ObjectNode message = entry.putObject("message");
                message.put("role", "assistant");
                message.put("content", part.text());
                message.putNull("refusal");
            } else {
                entry.put("text", part.text());
            }
            complete(entry, part);
        }
        body.set("usage", usage.json());
        return body;
    }

    /** Return the last chunk of a stream, which counts tokens. */
    public ObjectNode usage(Usage usage) {
        ObjectNode chunk = envelope(true);
        chunk.putArray("choices");
        chunk.set("usage", usage.json());
        return chunk;
    }

    private void usageIsLast(ObjectNode chunk) {
        if (request.usage()) {
            chunk.putNull("usage");
        }
    }

    private ObjectNode envelope(boolean chunk) {
        ObjectNode object = Json.object();
        object.put("id", id);
        object.put("object", chat ? "chat.completion" + (chunk ? ".chunk" : "") : "text_completion");
        object.put("created", created);
        object.put("model", model);
        object.put("system_fingerprint", "proxytune");
        return object;
    }

    private void complete(ObjectNode entry, Part part) {
        if (request.logprobs() && !part.tokens().isEmpty()) {
            entry.set(
                    "logprobs",
                    chat
                            ? tokens.chatLogprobs(part.tokens())
                            : tokens.completionLogprobs(part.tokens(), part.offset()));
        } else {
            entry.putNull("logprobs");
        }
        if (part.end().isPresent()) {
            entry.put("finish_reason", part.end().get().name().toLowerCase(Locale.ROOT));
        } else {
            entry.putNull("finish_reason");
        }
        if (request.trace()) {
            entry.set("proxy_trace", tokens.trace(part.tokens()));
        }
    }

    /**
     * Count tokens.
     *
     * @param prompt those of all prompts
     * @param completion those of all answers
     */
    public record Usage(int prompt, int completion) {

        ObjectNode json() {
            ObjectNode usage = Json.object();
            usage.put("prompt_tokens", prompt);
            usage.put("completion_tokens", completion);
            usage.put("total_tokens", prompt + completion);
            return usage;
        }
    }
}
