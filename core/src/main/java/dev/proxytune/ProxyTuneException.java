package dev.proxytune;

/**
 * Report a failure that the caller can act on; the root of all exceptions of this project.
 *
 * <p>The message is one line that says what was found, where, what was expected and what to do, fit to be shown to a
 * person as it is. Programming errors (a negative count, a closed decoder) are {@link IllegalArgumentException} and
 * {@link IllegalStateException} instead.
 */
public class ProxyTuneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ProxyTuneException(String message) {
        super(message);
    }

    public ProxyTuneException(String message, Throwable cause) {
        super(message, cause);
    }
}
