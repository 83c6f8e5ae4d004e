import org.jspecify.annotations.NullMarked;

/** Files of JSON lines that grow row by row, and go on where they broke off. */
@NullMarked
module dev.proxytune.jsonl {
    requires dev.proxytune;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.jsonl;
}
