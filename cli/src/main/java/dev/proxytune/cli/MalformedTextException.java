package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;

/** Report bytes that should be text and are not UTF-8. */
final class MalformedTextException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    MalformedTextException(String message) {
        super(message);
    }
}
