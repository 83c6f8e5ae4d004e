package dev.proxytune.remote;

import java.io.IOException;
import java.io.InputStream;

/** Read the bytes of an answer as they come in; called anew for each try. */
@FunctionalInterface
interface StreamReader<T> {
    /**
     * Read.
     *
     * @throws IOException if the connection breaks
     * @throws MalformedAnswerException if this is not what the protocol promises
     */
    T read(InputStream in) throws IOException;
}
