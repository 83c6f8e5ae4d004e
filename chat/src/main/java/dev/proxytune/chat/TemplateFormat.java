package dev.proxytune.chat;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.RoleText;
import dev.proxytune.RoleText.Piece;
import dev.proxytune.Vocabulary;
import dev.proxytune.jinja.Rendering;
import dev.proxytune.jinja.Template;
import dev.proxytune.jinja.TemplateException;
import dev.proxytune.jinja.Variables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Renders a conversation by the template that a model was tuned with. */
final class TemplateFormat implements PromptFormat {
    private final String name;
    private final Template template;
    private final Map<String, String> tokens = new LinkedHashMap<>();

    /**
     * Read a template.
     *
     * @param name what messages call it
     * @param vocabulary what the special tokens are called in
     * @throws ProxyTuneException if it cannot be read
     */
    TemplateFormat(String source, String name, Vocabulary vocabulary) {
        this.name = name;
        try {
            this.template = Template.parse(source);
        } catch (TemplateException e) {
            throw failure(e);
        }
        name("bos_token", vocabulary.bos(), vocabulary);
        name("eos_token", vocabulary.eos(), vocabulary);
    }

    private ProxyTuneException failure(TemplateException e) {
        return new ProxyTuneException(name + ": " + e.getMessage(), e);
    }

    private void name(String variable, OptionalInt id, Vocabulary vocabulary) {
        tokens.put(variable, id.isPresent() ? vocabulary.text(id.getAsInt()) : "");
    }

    @Override
    public RoleText format(Conversation conversation) {
        Rendering rendering = render(conversation);
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

    private Rendering render(Conversation conversation) {
        try {
            return template.render(variables(conversation));
        } catch (TemplateException e) {
            throw failure(e);
        }
    }

    private Variables variables(Conversation conversation) {
        Variables variables = Variables.CHAT.withInput(
                "messages",
                conversation.messages().stream().map(Message::fields).toList());
        for (Map.Entry<String, ?> variable : conversation.variables().entrySet()) {
            variables = variables.withInput(variable.getKey(), variable.getValue());
        }
        for (Map.Entry<String, String> token : tokens.entrySet()) {
            variables = variables.withTrusted(token.getKey(), token.getValue());
        }
        return variables.withTrusted("add_generation_prompt", true);
    }
}
