package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;

/** Report that the output cannot be written. */
final class OutputException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final boolean readerGone;

    OutputException(IOException cause, boolean readerGone) {
        super("The output cannot be written: " + cause.getMessage(), cause);
        this.readerGone = readerGone;
    }

    /** Return whether whoever read the output has had enough, as in {@code | head -1}. */
    boolean isReaderGone() {
        return readerGone;
    }
}
