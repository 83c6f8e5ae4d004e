package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.time.Duration;

/** Let time pass before a request is tried again. */
@FunctionalInterface
interface Pause {

    /** Sleep, unless the work is cancelled meanwhile. */
    Pause SLEEP = (duration, cancellation) -> {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
            cancellation.check();
            try {
                Thread.sleep(Duration.ofNanos(Math.min(left, 100_000_000)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HubException("The wait for the hub was interrupted", e);
            }
        }
    };

    void pause(Duration duration, Cancellation cancellation);
}
