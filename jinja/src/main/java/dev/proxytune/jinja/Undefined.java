package dev.proxytune.jinja;

/**
 * What a name stands for that nothing was given for: an empty text to print, an error to use.
 *
 * @param message what to say when it is used
 */
record Undefined(String message) implements Value {
    private static final int BRIEF = 60;

    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined member(Value of, Value name) {
        String owner = of instanceof None ? "None" : of.type() + " object";
        return new Undefined(
                name instanceof Text text
                        ? "'" + owner + "' has no attribute '" + brief(text.string()) + "'"
                        : owner + " has no element " + brief(name));
    }

    /** Return what a key is; only short ones are written, as a template may look for many that are not there. */
    private static String brief(Value key) {
        return key instanceof Value.Int number && number.value().bitLength() <= Long.SIZE
                ? number.value().toString()
                : "of type " + key.type();
    }

    private static String brief(String key) {
        return key.length() > BRIEF ? key.substring(0, BRIEF) + "…" : key;
    }

    Fault fault() {
        return new Fault(message);
    }

    @Override
    public String type() {
        return "Undefined";
    }
}
