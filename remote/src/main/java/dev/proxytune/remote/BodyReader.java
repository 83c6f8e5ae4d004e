package dev.proxytune.remote;

import tools.jackson.core.JsonParser;

/** Read the answer to a request as it comes in; called anew for each try. */
@FunctionalInterface
interface BodyReader<T> {
    /**
     * Read.
     *
     * @throws MalformedAnswerException if this is not what the protocol promises
     */
    T read(JsonParser json);
}
