package dev.proxytune.server;

import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Knows which requests are being answered, and lets them end when the server stops. Thread-safe. */
final class Traffic {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    private final Set<Runnable> running = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;
    private int inside;

    boolean isDraining() {
        return draining;
    }

    /**
     * Begin a request that waits for answers; closing what is returned ends it.
     *
     * @throws ApiException if the server is stopping
     */
    Pass enter() {
        lock.lock();
        try {
            if (draining) {
                throw ApiError.unavailable("The server is stopping");
            }
            inside++;
        } finally {
            lock.unlock();
        }
        return this::leave;
    }

    private void leave() {
        lock.lock();
        try {
            inside--;
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Cancel something when its client goes away, or the server has waited long enough. */
    Pass watch(Runnable cancel) {
        var listener = new Inbox.Listener() {
            @Override
            public void ended() {
                cancel.run();
            }

            @Override
            public void gone() {
                cancel.run();
            }
        };
        return watch(listener, cancel);
    }

    /** Let somebody hear of a client, and cancel something when the server has waited long enough. */
    Pass watch(Inbox.Listener listener, Runnable cancel) {
        running.add(cancel);
        var watch = Connections.current().map(inbox -> inbox.watch(listener));
        return () -> {
            running.remove(cancel);
            watch.ifPresent(Inbox.Watch::close);
        };
    }

    /** Let nobody in any more, wait until all are out, and cancel those who take too long. */
    void drain(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            draining = true;
            await(patience);
            running.forEach(Runnable::run);
            await(Duration.ofSeconds(2));
        } finally {
            lock.unlock();
        }
    }

    private void await(Duration patience) throws InterruptedException {
        long nanos = patience.toNanos();
        while (inside > 0 && nanos > 0) {
            nanos = left.awaitNanos(nanos);
        }
    }

    /** Ends something. */
    interface Pass extends AutoCloseable {
        @Override
        void close();
    }
}
