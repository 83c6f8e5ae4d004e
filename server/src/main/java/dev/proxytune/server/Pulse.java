package dev.proxytune.server;

import java.time.Duration;

/** Tells when a client is to hear something, so that it is known whether it is still there. Not thread-safe. */
final class Pulse {
    private static final Duration QUICK = Duration.ofMillis(10);

    private final Duration usual;
    private Duration patience;
    private long last = System.nanoTime();

    Pulse(Duration usual) {
        this.usual = usual;
        this.patience = usual;
    }

    /** Beat fast, and ever more slowly again: whoever has gone is known as such by the second beat or the third. */
    void quicken() {
        patience = QUICK.compareTo(usual) < 0 ? QUICK : usual;
        last = System.nanoTime();
    }

    /** Return how long to wait for the next beat. */
    Duration patience() {
        return patience;
    }

    /** Return whether it is time for the next beat, which begins to wait for the one after it. */
    boolean beats() {
        long now = System.nanoTime();
        if (now - last < patience.toNanos()) {
            return false;
        }
        last = now;
        Duration longer = patience.multipliedBy(2);
        patience = longer.compareTo(usual) < 0 ? longer : usual;
        return true;
    }
}
