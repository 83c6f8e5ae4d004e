package dev.proxytune.hub;

import dev.proxytune.ProxyTuneException;

/** Report a model that cannot be found, fetched, kept or removed. Messages never hold a token or the query of an address. */
public final class HubException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
