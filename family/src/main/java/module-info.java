import org.jspecify.annotations.NullMarked;

/** The small models that come with the project: their texts, their questions, and what they score. */
@NullMarked
module dev.proxytune.family {
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.eval;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.family;
}
