package dev.proxytune.tune;

import java.util.List;

/** Writes a conversation as the text that a model was made to read, by its chat template. */
public interface ChatRenderer {
    /**
     * A message of a conversation.
     *
     * @param role who speaks, such as {@code user} or {@code assistant}
     * @param content what is said
     */
    record Message(String role, String content) {}

    /**
     * A stretch of the text.
     *
     * @param text what it says
     * @param markup whether special tokens written out in it are those tokens; never so for what a person wrote
     * @param answer whether the model is to learn to write it
     */
    record Part(String text, boolean markup, boolean answer) {}

    /**
     * Return the whole text of a conversation in parts, with the marks of its beginning and end.
     *
     * @throws dev.proxytune.ProxyTuneException if the template refuses the conversation, saying why
     */
    List<Part> render(List<Message> messages);
}
