package dev.proxytune.batch;

import java.io.Serializable;

/**
 * Say how an engine is opened, in words that travel to other machines.
 *
 * <p>Sources that are equal open the same, so that one engine can stand for all of them.
 */
@FunctionalInterface
public interface EngineSource extends Serializable {

    /**
     * Open an engine, which the caller closes.
     *
     * @throws dev.proxytune.ProxyTuneException if a model is not there or does not fit the others, or memory is short
     */
    BatchEngine open();
}
