package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.Vocabulary;
import dev.proxytune.jinja.Piece;
import dev.proxytune.jinja.Template;
import dev.proxytune.jinja.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Writes conversations by a model's own chat template.
 *
 * <p>The model is to learn what the template adds for each message of the assistant behind the mark that asks for it:
 * the message and what ends it.
 */
final class TemplateRenderer implements ChatRenderer {
    private final Template template;
    private final String bos;
    private final String eos;

    /**
     * Read a template.
     *
     * @throws dev.proxytune.jinja.TemplateException if it cannot be read
     */
    TemplateRenderer(String source, Vocabulary vocabulary) {
        this.template = Template.parse(source);
        this.bos = text(vocabulary.bos(), vocabulary);
        this.eos = text(vocabulary.eos(), vocabulary);
    }

    private static String text(OptionalInt id, Vocabulary vocabulary) {
        return id.isPresent() ? vocabulary.text(id.getAsInt()) : "";
    }

    @Override
    public List<Part> render(List<Message> messages) {
        List<Piece> pieces = pieces(messages, false);
        String whole = text(pieces);
        List<Part> parts = new ArrayList<>();
        int done = 0;
        for (int turn = 0; turn < messages.size(); turn++) {
            if (messages.get(turn).role().equals("assistant")) {
                int start = length(messages.subList(0, turn), true, whole);
                int end = length(messages.subList(0, turn + 1), false, whole);
                cut(pieces, done, start, false, parts);
                cut(pieces, start, end, true, parts);
                done = end;
            }
        }
        cut(pieces, done, whole.length(), false, parts);
        return parts;
    }

    /** Return how long the text of the first messages is, which must be the beginning of the whole. */
    private int length(List<Message> first, boolean asking, String whole) {
        String text = text(pieces(first, asking));
        if (!whole.startsWith(text)) {
            throw new ProxyTuneException("it writes message " + first.size()
                    + " in another way when more follow, so that what to learn cannot be told; write \"prompt\" and"
                    + " \"completion\" instead");
        }
        return text.length();
    }

    private List<Piece> pieces(List<Message> messages, boolean asking) {
        var input = messages.stream()
                .map(message -> Map.of("role", message.role(), "content", message.content()))
                .toList();
        return template.render(Variables.CHAT
                        .withInput("messages", input)
                        .withTrusted("bos_token", bos)
                        .withTrusted("eos_token", eos)
                        .withTrusted("add_generation_prompt", asking))
                .pieces();
    }

    private static String text(List<Piece> pieces) {
        return String.join("", pieces.stream().map(Piece::text).toList());
    }

    /** Add what lies between two places of the whole text. */
    private static void cut(List<Piece> pieces, int start, int end, boolean answer, List<Part> parts) {
        int place = 0;
        for (Piece piece : pieces) {
            int from = Math.max(start, place);
            int to = Math.min(end, place + piece.text().length());
            if (from < to) {
                String text = piece.text().substring(from - place, to - place);
                parts.add(new Part(text, !piece.fromInput(), answer));
            }
            place += piece.text().length();
        }
    }
}
