import org.jspecify.annotations.NullMarked;

/** Model and adapter folders of Hugging Face, turned into GGUF files. */
@NullMarked
module dev.proxytune.convert {
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.gguf;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.convert;
}
