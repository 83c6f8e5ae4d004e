package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;

/** Report what is wrong with an example; whoever catches it knows the file and line. */
final class BadExampleException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    BadExampleException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
