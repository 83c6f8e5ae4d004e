package dev.proxytune.jinja;

import dev.proxytune.ProxyTuneException;

/** Carry what went wrong to where the place in the template is known. */
final class Fault extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    Fault(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
