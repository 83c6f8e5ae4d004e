import org.jspecify.annotations.NullMarked;

/** GGUF model files in plain Java: reading, checking, writing. */
@NullMarked
module dev.proxytune.gguf {
    requires static transitive org.jspecify;
    requires transitive dev.proxytune;

    exports dev.proxytune.gguf;
}
