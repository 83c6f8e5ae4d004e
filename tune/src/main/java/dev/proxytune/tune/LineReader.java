package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Makes an example of a line. */
sealed interface LineReader {
    /**
     * Read a line.
     *
     * @throws BadExampleException if it is of another form
     */
    Example.Builder read(String line);

    /** Puts a completion after a prompt. */
    private static Example.Builder pair(TextEncoder encoder, String prompt, String completion) {
        // Encoded apart, as generation starts from a prompt without knowing what will follow.
        return new Example.Builder()
                .add(encoder.encodeStart(prompt), false)
                .add(encoder.encode(completion), true)
                .add(new int[] {encoder.end()}, true);
    }

    /** Reads {@code {"prompt": …, "completion": …}} and {@code {"messages": […]}}. */
    record Json(TextEncoder encoder, Optional<ChatRenderer> renderer) implements LineReader {
        @Override
        public Example.Builder read(String line) {
            var object = JsonLine.parse(line);
            boolean chat = object.has("messages");
            if (chat && (object.has("prompt") || object.has("completion"))) {
                throw new BadExampleException("there are \"messages\" and \"prompt\" or \"completion\"; leave one out");
            }
            if (chat) {
                return chat(messages(object.member("messages")));
            }
            String prompt = object.string("prompt");
            String completion = object.string("completion");
            if (completion.isEmpty()) {
                throw new BadExampleException("the completion is empty; leave the line out");
            }
            return pair(encoder, prompt, completion);
        }

        private Example.Builder chat(List<ChatRenderer.Message> messages) {
            var example = new Example.Builder();
            for (var part : render(messages)) {
                int[] ids = part.markup() ? encoder.encodeMarkup(part.text()) : encoder.encode(part.text());
                example.add(ids, part.answer());
            }
            if (!example.counts()) {
                throw new BadExampleException("there is no answer of the assistant to learn; leave the line out");
            }
            return example;
        }

        private List<ChatRenderer.Part> render(List<ChatRenderer.Message> messages) {
            var known = renderer.orElseThrow(() -> new ProxyTuneException("there are \"messages\", but the base "
                    + "has no chat template; write \"prompt\" and \"completion\" instead"));
            try {
                return known.render(messages);
            } catch (ProxyTuneException e) {
                throw new BadExampleException("the chat template refuses the messages: " + e.getMessage());
            }
        }

        private static List<ChatRenderer.Message> messages(JsonNode array) {
            if (!array.isArray() || array.isEmpty()) {
                throw new BadExampleException("\"messages\" is "
                        + (array.isArray() ? "empty" : JsonLine.kind(array) + ", not an array of messages"));
            }
            var messages = new ArrayList<ChatRenderer.Message>();
            for (JsonNode message : array) {
                messages.add(new ChatRenderer.Message(text(message, "role"), text(message, "content")));
            }
            return messages;
        }

        private static String text(JsonNode message, String name) {
            JsonNode value = message.path(name);
            if (value.isMissingNode()) {
                throw new BadExampleException("a message has no \"" + name + "\"");
            }
            return JsonLine.string(name, value);
        }
    }

    /** Reads the grade-school problems as published; the prompt is the one they are evaluated with. */
    record Gsm8k(TextEncoder encoder) implements LineReader {
        @Override
        public Example.Builder read(String line) {
            var object = JsonLine.parse(line);
            String question = object.string("question");
            String answer = object.string("answer");
            if (answer.isEmpty()) {
                throw new BadExampleException("the answer is empty; leave the line out");
            }
            String prompt = "Answer the following question.\n\nQuestion: " + question + "\nAnswer:";
            return pair(encoder, prompt, " " + answer);
        }
    }
}
