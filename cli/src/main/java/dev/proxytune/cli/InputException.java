package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;

/** Report a file that cannot be read as what it should be. */
final class InputException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    InputException(String message) {
        super(message);
    }

    InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
