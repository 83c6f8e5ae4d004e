import org.jspecify.annotations.NullMarked;

/** Models by name: the Hugging Face cache, downloads, and a catalogue of trios. */
@NullMarked
module dev.proxytune.hub {
    requires static transitive org.jspecify;
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.gguf;
    requires java.net.http;
    requires tools.jackson.databind;

    exports dev.proxytune.hub;
}
