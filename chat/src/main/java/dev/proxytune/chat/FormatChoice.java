package dev.proxytune.chat;

import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;

/** Choose how a role reads conversations, before its model is there. */
public sealed interface FormatChoice {

    /** Read plain text. */
    record Plain() implements FormatChoice {}

    /** Read by the model's own template. */
    record Chat() implements FormatChoice {}

    /** Read by the model's own template, or plain text if it has none. */
    record Auto() implements FormatChoice {}

    /** Read by a template from a file. */
    record ChatFile(Path file) implements FormatChoice {}

    /**
     * Read what a user wrote: {@code plain}, {@code chat}, {@code auto} or {@code chat-file=FILE}.
     *
     * @throws ProxyTuneException if it is none of these
     */
    static FormatChoice parse(String text) {
        return switch (text) {
            case "plain" -> new Plain();
            case "chat" -> new Chat();
            case "auto" -> new Auto();
            default -> {
                String start = "chat-file=";
                if (!text.startsWith(start) || text.length() == start.length()) {
                    throw new ProxyTuneException(
                            "A prompt format is plain, chat, auto or chat-file=FILE, got: " + text);
                }
                yield new ChatFile(Path.of(text.substring(start.length())));
            }
        };
    }

    /**
     * Return the format for a model.
     *
     * @param role what messages call it
     * @throws ProxyTuneException if the model has no template where one is asked for, or a template cannot be read
     */
    default PromptFormat resolve(LanguageModel model, String role) {
        return switch (this) {
            case Plain() -> PromptFormat.plain();
            case Auto() -> model.chatTemplate().isEmpty() ? PromptFormat.plain() : new Chat().resolve(model, role);
            case Chat() ->
                new TemplateFormat(
                        model.chatTemplate()
                                .orElseThrow(
                                        () -> new ProxyTuneException(
                                                "The " + role
                                                        + " has no chat template; choose the format plain, or chat-file=FILE with one")),
                        "The chat template of the " + role,
                        model.vocabulary());
            case ChatFile(Path file) ->
                new TemplateFormat(TemplateFiles.read(file), file.toString(), model.vocabulary());
        };
    }
}
