package dev.proxytune.chat;

import dev.proxytune.RoleText;

/** Turn a conversation into what one role reads. Immutable and thread-safe. */
public sealed interface PromptFormat permits PlainFormat, TemplateFormat {

    /**
     * Return what the role reads.
     *
     * <p>What people said stays text, even if it spells a special token.
     *
     * @throws dev.proxytune.ProxyTuneException if a template refuses the conversation
     */
    RoleText format(Conversation conversation);

    /** Take what was said as it is, each message with a line end. */
    static PromptFormat plain() {
        return new PlainFormat();
    }
}
