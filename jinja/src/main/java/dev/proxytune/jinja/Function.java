package dev.proxytune.jinja;

/**
 * Something a template can call.
 *
 * @param name what messages call it
 * @param body what it does
 */
record Function(String name, Body body) implements Value {
    /** What a function does. */
    @FunctionalInterface
    interface Body {
        Value call(Arguments arguments);
    }

    @Override
    public String type() {
        return "function";
    }
}
