import org.jspecify.annotations.NullMarked;

/** Conversations, and what each role reads of them: plain text or its own chat template. */
@NullMarked
module dev.proxytune.chat {
    requires transitive dev.proxytune;
    requires dev.proxytune.jinja;
    requires static transitive org.jspecify;

    exports dev.proxytune.chat;
}
