import org.jspecify.annotations.NullMarked;

/** Files of requests, answered row by row. */
@NullMarked
module dev.proxytune.batch {
    requires transitive dev.proxytune.chat;
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.openai;
    requires transitive dev.proxytune.jsonl;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.batch;
}
