package dev.proxytune;

/** Report a model file that is missing, damaged, of an unknown kind, or unfit for the role it was given for. */
public final class InvalidModelException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public InvalidModelException(String message) {
        super(message);
    }

    public InvalidModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
