package dev.proxytune;

/** Report a row of logits from which no token can be drawn, because it holds NaN or nothing finite. */
public final class InvalidLogitsException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public InvalidLogitsException(String message) {
        super(message);
    }
}
