package dev.proxytune.server;

import io.helidon.common.buffers.DataReader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a client sends, and can tell when it has gone.
 *
 * <p>While nobody else reads, {@link #watch} does, in a thread of its own. What it reads is kept for the connection,
 * which waits for that thread rather than read beside it.
 */
final class Inbox {
    private final DataReader source;
    private final Silence silence;
    private final Runnable hangUp;
    private final DataReader reader = DataReader.create(this::take);
    private @Nullable CompletableFuture<Optional<byte[]>> ahead;
    private volatile @Nullable Runnable whenGone;
    private boolean over;

    /**
     * Create one for a connection.
     *
     * @param silence hears when the connection waits for its client
     * @param hangUp ends the connection, in any thread
     */
    Inbox(DataReader source, Silence silence, Runnable hangUp) {
        this.source = source;
        this.silence = silence;
        this.hangUp = hangUp;
    }

    /** Return the reader for the connection. */
    DataReader reader() {
        return reader;
    }

    /** Take no more requests. Helidon would wait for the next one even if the client asked for the connection's end. */
    void end() {
        over = true;
    }

    /** Return the next bytes, null at the end. Called by the connection's thread alone, as the other methods are. */
    @SuppressWarnings("NullAway") // a reader's word for its end
    private byte[] take() {
        if (over) {
            return null;
        }
        CompletableFuture<Optional<byte[]>> future = ahead;
        try (var _ = silence.begin(hangUp)) {
            if (future == null) {
                return read().orElse(null);
            }
            ahead = null;
            return future.join().orElse(null);
        }
    }

    private Optional<byte[]> read() {
        try {
            return Optional.of(source.readBuffer().readBytes());
        } catch (DataReader.InsufficientDataAvailableException e) {
            return Optional.empty();
        }
    }

    /** Begin to send; closing what is returned ends it. */
    Traffic.Pass sending() {
        return silence.begin(hangUp)::close;
    }

    /** Run something if the client goes away, until the watch is closed. */
    Watch watch(Runnable action) {
        whenGone = action;
        if (ahead == null && reader.available() == 0) {
            var future = new CompletableFuture<Optional<byte[]>>();
            ahead = future;
            Thread.ofVirtual().name("watch").start(() -> readAhead(future));
        }
        return new Watch();
    }

    private void readAhead(CompletableFuture<Optional<byte[]>> future) {
        Optional<byte[]> bytes = Optional.empty();
        try {
            bytes = read();
        } catch (RuntimeException e) {
            // The connection is broken, which is another way to go.
        }
        Runnable action = whenGone;
        if (bytes.isEmpty() && action != null) {
            action.run();
        }
        future.complete(bytes);
    }

    /** Ends the watch over a request. */
    final class Watch implements AutoCloseable {
        private Watch() {}

        @Override
        public void close() {
            whenGone = null;
        }
    }
}
