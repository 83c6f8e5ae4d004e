package dev.proxytune;

/** Report something that does not fit: a prompt into the context, a context into memory, rows into one decode. */
public final class CapacityException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public CapacityException(String message) {
        super(message);
    }
}
