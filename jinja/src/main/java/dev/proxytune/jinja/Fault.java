package dev.proxytune.jinja;

import dev.proxytune.ProxyTuneException;

/** Carry what went wrong to where the place in the template is known. */
final class Fault extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    Fault(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
