package dev.proxytune.chat;

import dev.proxytune.RoleText;

/** Takes what was said as it is. */
record PlainFormat() implements PromptFormat {

    @Override
    public RoleText format(Conversation conversation) {
        return RoleText.verbatim(conversation.plain());
    }
}
