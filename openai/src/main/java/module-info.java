import org.jspecify.annotations.NullMarked;

/** Requests and answers in OpenAI's form. */
@NullMarked
module dev.proxytune.openai {
    requires transitive dev.proxytune.chat;
    requires transitive dev.proxytune;
    requires transitive tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.openai;
}
