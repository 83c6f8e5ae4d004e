package dev.proxytune.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Knows which connections wait for their clients to say something, and hangs up on those that have waited too long, and
 * on the one that has waited longest when there are too many: the silent cannot keep others out. Thread-safe.
 */
final class Silence {
    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedSet<Wait> waits = new LinkedHashSet<>();
    private final int most;
    private final Duration longest;

    /**
     * Set the limits.
     *
     * @param most how many may wait at a time
     * @param longest how long each may wait
     */
    Silence(int most, Duration longest) {
        this.most = most;
        this.longest = longest;
    }

    /** Begin to wait. */
    Wait begin(Runnable hangUp) {
        var wait = new Wait(hangUp);
        Wait oldest = add(wait);
        if (oldest != null) {
            oldest.hangUp.run();
        }
        return wait;
    }

    private @Nullable Wait add(Wait wait) {
        lock.lock();
        try {
            waits.add(wait);
            return waits.size() > most ? waits.removeFirst() : null;
        } finally {
            lock.unlock();
        }
    }

    /** Hang up on those who have waited too long. */
    void end() {
        List<Wait> over = new ArrayList<>();
        long now = System.nanoTime();
        lock.lock();
        try {
            while (!waits.isEmpty() && now - waits.getFirst().since >= longest.toNanos()) {
                over.add(waits.removeFirst());
            }
        } finally {
            lock.unlock();
        }
        over.forEach(wait -> wait.hangUp.run());
    }

    /** Is the time in which a client says nothing; closing it ends it. */
    final class Wait implements AutoCloseable {
        private final Runnable hangUp;
        private final long since = System.nanoTime();

        private Wait(Runnable hangUp) {
            this.hangUp = hangUp;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                waits.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }
}
