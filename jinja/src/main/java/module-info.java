import org.jspecify.annotations.NullMarked;

/** Chat templates: Jinja as Python's transformers renders it, text in and text out. */
@NullMarked
module dev.proxytune.jinja {
    requires static transitive org.jspecify;
    requires transitive dev.proxytune;

    exports dev.proxytune.jinja;
}
