package dev.proxytune.server;

/** Is who makes the request that a thread handles, and what it got beyond a text. One thread at a time. */
final class Caller {
    static final ScopedValue<Caller> CURRENT = ScopedValue.newInstance();

    private final int key;
    private int rows;
    private long bytes;

    /**
     * Create one.
     *
     * @param key the number of its key, from 1; 0 where there are none
     */
    Caller(int key) {
        this.key = key;
    }

    int key() {
        return key;
    }

    /** Note that it gets rows. */
    void share(int count, long size) {
        rows += count;
        bytes += size;
    }

    int rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }
}
