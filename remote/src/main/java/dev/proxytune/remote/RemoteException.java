package dev.proxytune.remote;

import dev.proxytune.ProxyTuneException;

/** Report that a remote model cannot be reached, refuses what it is asked, or answers what cannot be used. */
public final class RemoteException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public RemoteException(String message) {
        super(message);
    }

    public RemoteException(String message, Throwable cause) {
        super(message, cause);
    }
}
