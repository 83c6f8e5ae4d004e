package dev.proxytune;

/** Report a {@link Capability} that a decoder was asked for and does not have. */
public final class UnsupportedCapabilityException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public UnsupportedCapabilityException(String message) {
        super(message);
    }
}
