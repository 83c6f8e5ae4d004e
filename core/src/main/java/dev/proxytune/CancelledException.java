package dev.proxytune;

/**
 * Report a decode that stopped because its {@link Cancellation} was cancelled.
 *
 * <p>The decoder stays usable: the sequences of the batch hold what they held before it, or less; start them again.
 */
public final class CancelledException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public CancelledException() {
        super("The decode was cancelled before it finished");
    }
}
