package dev.proxytune.remote;

import dev.proxytune.ProxyTuneException;

/** Report that an answer is not what the protocol promises; asking again would not help. */
final class MalformedAnswerException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    MalformedAnswerException(String message) {
        super(message);
    }
}
