import org.jspecify.annotations.NullMarked;

/** The paper's evaluations: tasks, their prompts and answers, scores, judges, code execution, statistics. */
@NullMarked
module dev.proxytune.eval {
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.chat;
    requires transitive dev.proxytune.jsonl;
    requires java.net.http;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.eval;
}
