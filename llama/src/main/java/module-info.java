import org.jspecify.annotations.NullMarked;

/** GGUF models through llama.cpp; the only module with native code. */
@NullMarked
module dev.proxytune.llama {
    requires transitive dev.proxytune;
    requires dev.proxytune.gguf;
    requires static transitive org.jspecify;

    exports dev.proxytune.llama;
}
