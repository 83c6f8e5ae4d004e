package dev.proxytune.chat;

import dev.proxytune.RoleText;
import dev.proxytune.RoleText.Piece;
import dev.proxytune.Vocabulary;
import dev.proxytune.jinja.Rendering;
import dev.proxytune.jinja.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Renders a conversation by the template that a model was tuned with. */
final class TemplateFormat implements PromptFormat {
    private final Template template;
    private final Map<String, String> tokens = new LinkedHashMap<>();

    /**
     * Read a template.
     *
     * @param vocabulary what the special tokens are called in
     * @throws dev.proxytune.jinja.TemplateException if it cannot be read
     */
    TemplateFormat(String source, Vocabulary vocabulary) {
        this.template = Template.parse(source);
        name("bos_token", vocabulary.bos(), vocabulary);
        name("eos_token", vocabulary.eos(), vocabulary);
    }

    private void name(String variable, OptionalInt id, Vocabulary vocabulary) {
        tokens.put(variable, id.isPresent() ? vocabulary.text(id.getAsInt()) : "");
    }

    @Override
    public RoleText format(Conversation conversation) {
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("messages", conversation.messages().stream().map(Message::fields).toList());
        input.putAll(conversation.variables());
        Map<String, @Nullable Object> trusted = new LinkedHashMap<>(tokens);
        trusted.put("add_generation_prompt", true);
        Rendering rendering = template.render(trusted, input);
        List<Piece> pieces = new ArrayList<>();
        rendering.pieces().forEach(piece -> pieces.add(new Piece(piece.text(), !piece.fromInput())));
        String prefix = conversation.responsePrefix();
        if (!prefix.isEmpty()) {
            String text = rendering.text();
            boolean apart = text.isEmpty() || Character.isWhitespace(text.charAt(text.length() - 1));
            pieces.add(new Piece(apart ? prefix : " " + prefix, false));
        }
        return RoleText.ofTemplate(pieces);
    }
}
