import org.jspecify.annotations.NullMarked;

/** A language model behind HTTP. */
@NullMarked
module dev.proxytune.remote {
    requires static transitive org.jspecify;
    requires transitive dev.proxytune;
    requires java.net.http;
    requires tools.jackson.core;

    exports dev.proxytune.remote;
}
