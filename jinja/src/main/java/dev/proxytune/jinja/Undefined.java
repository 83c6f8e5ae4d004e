package dev.proxytune.jinja;

/**
 * What a name stands for that nothing was given for: an empty text to print, an error to use.
 *
 * @param message what to say when it is used
 */
record Undefined(String message) implements Value {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined member(Value of, Value name) {
        String owner = of instanceof None ? "None" : of.type() + " object";
        return new Undefined(
                name instanceof Text text
                        ? "'" + owner + "' has no attribute '" + text + "'"
                        : owner + " has no element " + Printer.brief(name));
    }

    Fault fault() {
        return new Fault(message);
    }

    @Override
    public String type() {
        return "Undefined";
    }
}
