package dev.proxytune;

import java.util.ArrayList;
import java.util.List;

/**
 * Carry the wish to stop from any thread into a running generation.
 *
 * <p>Cancelling is final and may happen before, during or after the work. A decoder that can stop in the middle of a
 * decode registers a hook for its length.
 */
public final class Cancellation {
    private final List<Runnable> hooks = new ArrayList<>(1);
    private volatile boolean cancelled;

    /** Create one that nobody has cancelled. */
    public Cancellation() {}

    /** Ask the work to stop; returns at once. */
    public void cancel() {
        synchronized (hooks) {
            cancelled = true;
            hooks.forEach(Runnable::run);
        }
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Stop here if the work was cancelled.
     *
     * @throws CancelledException if it was
     */
    public void check() {
        if (cancelled) {
            throw new CancelledException();
        }
    }

    /** Run the hook on cancelling, at once if that has happened, until {@link #remove} is called with the same hook. */
    public void add(Runnable hook) {
        synchronized (hooks) {
            hooks.add(hook);
            if (cancelled) {
                hook.run();
            }
        }
    }

    /** Forget a hook; it neither runs nor is running once this returns. */
    public void remove(Runnable hook) {
        synchronized (hooks) {
            hooks.remove(hook);
        }
    }
}
