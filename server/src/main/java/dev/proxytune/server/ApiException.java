package dev.proxytune.server;

import dev.proxytune.ProxyTuneException;

/** Report a request that is refused, with what its sender is told. */
final class ApiException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final transient ApiError error;

    ApiException(ApiError error) {
        super(error.message());
        this.error = error;
    }

    ApiError error() {
        return error;
    }
}
