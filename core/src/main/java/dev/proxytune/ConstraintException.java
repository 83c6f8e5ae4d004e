package dev.proxytune;

/** Report a grammar or schema that cannot be used, or one that leaves an answer no token to go on with. */
public final class ConstraintException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public ConstraintException(String message) {
        super(message);
    }
}
