package dev.proxytune.llama;

import dev.proxytune.ProxyTuneException;

/** Report that the libraries of llama.cpp cannot be found, loaded or used. */
public final class NativeLibraryException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public NativeLibraryException(String message) {
        super(message);
    }

    public NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }
}
