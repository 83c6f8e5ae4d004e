import org.jspecify.annotations.NullMarked;

/** Training of small models, from nothing or from a GGUF file; the only module that uses libtorch. */
@NullMarked
module dev.proxytune.tune {
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.gguf;
    requires transitive dev.proxytune.llama;
    requires dev.proxytune.jinja;
    requires dev.proxytune.jsonl;
    requires org.bytedeco.javacpp;
    requires org.bytedeco.pytorch;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.tune;
}
