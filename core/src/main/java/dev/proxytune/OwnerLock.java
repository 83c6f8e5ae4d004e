package dev.proxytune;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Let one thread at a time into a {@link Decoder}, and none once it is closed. Thread-safe. */
public final class OwnerLock {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Thread owner;
    private volatile boolean closed;

    /** Create the lock of a decoder that is open. */
    public OwnerLock() {}

    /**
     * Enter the decoder; a {@code finally} must call {@link #leave}.
     *
     * @throws IllegalStateException if another thread is inside, or the decoder is closed
     */
    public void enter() {
        if (!lock.tryLock()) {
            checkOpen();
            Thread other = owner;
            throw new IllegalStateException("The decoder is in use by the thread "
                    + (other == null ? "that closes it" : other.getName())
                    + ": only one thread at a time may be inside");
        }
        owner = Thread.currentThread();
        if (closed) {
            leave();
            checkOpen();
        }
    }

    public void leave() {
        owner = null;
        lock.unlock();
    }

    /**
     * Refuse to go on with a closed decoder.
     *
     * @throws IllegalStateException if it is closed
     */
    public void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The decoder is closed");
        }
    }

    /**
     * Wait for the thread inside, let nobody in any more, and free what the decoder holds, the first time only.
     *
     * @throws IllegalStateException if this thread is inside
     */
    public void close(Runnable free) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (lock.getHoldCount() > 1) {
                throw new IllegalStateException("The decoder cannot be closed from within its own decode");
            }
            closed = true;
            free.run();
        } finally {
            lock.unlock();
        }
    }
}
