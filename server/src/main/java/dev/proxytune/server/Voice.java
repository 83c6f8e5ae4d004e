package dev.proxytune.server;

/** Name a part of a model that answers. */
public enum Voice {
    /** The model itself: of a trio the target, steered. */
    WHOLE(""),
    /** A trio's target alone. */
    BASE(":base"),
    /** A trio's expert alone. */
    EXPERT(":expert");

    private final String suffix;

    Voice(String suffix) {
        this.suffix = suffix;
    }

    /** Return what follows the model's name. */
    String suffix() {
        return suffix;
    }
}
