package dev.proxytune.hub;

import java.time.Duration;

/** Let time pass before a request is tried again. */
@FunctionalInterface
interface Pause {

    /** Sleep. */
    Pause SLEEP = duration -> {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("The wait for the hub was interrupted", e);
        }
    };

    void pause(Duration duration);
}
