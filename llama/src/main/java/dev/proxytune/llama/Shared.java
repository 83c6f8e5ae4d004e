package dev.proxytune.llama;

/** Free something native when the last of those who use it lets go of it. */
abstract class Shared {
    private int users = 1;

    /** Free it; called once, when no user is left. */
    abstract void free();

    /** Become a user, unless the last one has gone already. */
    final synchronized boolean tryRetain() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    /** Become a user; the caller knows of another one that will not go meanwhile. */
    final void retain() {
        if (!tryRetain()) {
            throw new IllegalStateException("The model is closed");
        }
    }

    /** Stop being a user; call it once for each time that one became one. */
    final void release() {
        synchronized (this) {
            if (--users > 0) {
                return;
            }
        }
        free();
    }
}
