package dev.proxytune.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Counts the rows that each key gets. A key that has any left may take more than that, and waits until it has made up for
 * it, so that large requests need no larger allowance. Thread-safe.
 */
final class RowRates {
    private static final double BURST_SECONDS = 10;

    private final int rate;
    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Integer, Allowance> allowances = new HashMap<>();

    /**
     * Set the rate.
     *
     * @param rate rows a second, 0 for no limit
     * @param clock tells nanoseconds
     */
    RowRates(int rate, LongSupplier clock) {
        this.rate = rate;
        this.clock = clock;
    }

    private static final class Allowance {
        private double left;
        private long since;
    }

    /** Take rows for a key, and return zero; or take none, and return how long to wait. */
    Duration take(int key, int rows) {
        if (rate == 0) {
            return Duration.ZERO;
        }
        lock.lock();
        try {
            double most = rate * BURST_SECONDS;
            long now = clock.getAsLong();
            Allowance allowance = allowances.computeIfAbsent(key, _ -> {
                var fresh = new Allowance();
                fresh.left = most;
                fresh.since = now;
                return fresh;
            });
            allowance.left = Math.min(most, allowance.left + (now - allowance.since) / 1e9 * rate);
            allowance.since = now;
            if (allowance.left <= 0) {
                return Duration.ofNanos((long) Math.ceil((1e-3 - allowance.left) / rate * 1e9));
            }
            allowance.left -= rows;
            return Duration.ZERO;
        } finally {
            lock.unlock();
        }
    }
}
