package dev.proxytune.openai;

import dev.proxytune.ProxyTuneException;

/** Report a request that is refused, with what its sender is told. */
public final class ApiException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final transient ApiError error;

    public ApiException(ApiError error) {
        super(error.message());
        this.error = error;
    }

    /** Return what the sender is told. */
    public ApiError error() {
        return error;
    }
}
