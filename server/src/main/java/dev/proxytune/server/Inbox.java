package dev.proxytune.server;

import io.helidon.common.buffers.DataReader;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a client sends, and can tell when it has gone.
 *
 * <p>While nobody else reads, {@link #watch} does, in a thread of its own. What it reads is kept for the connection,
 * which waits for that thread rather than read beside it.
 */
final class Inbox {
    private final DataReader source;
    private final Outbox outbox;
    private final Silence silence;
    private final Runnable hangUp;
    private final DataReader reader = DataReader.create(this::take);
    private @Nullable CompletableFuture<Optional<byte[]>> ahead;
    private volatile @Nullable Listener listener;
    private boolean begun;
    private boolean over;

    /**
     * Create one for a connection.
     *
     * @param outbox what the client is told by
     * @param silence hears when the connection waits for its client
     * @param hangUp ends the connection, in any thread
     */
    Inbox(DataReader source, Outbox outbox, Silence silence, Runnable hangUp) {
        this.source = source;
        this.outbox = outbox;
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
        // What is left of a broken request is no request.
        reader.skip(reader.available());
    }

    /** Return whether no more requests are taken. */
    boolean isOver() {
        return over;
    }

    Outbox outbox() {
        return outbox;
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
                return (begun ? read() : opening()).orElse(null);
            }
            ahead = null;
            return future.join().orElse(null);
        }
    }

    /** Return the connection's first bytes. */
    private Optional<byte[]> opening() {
        begun = true;
        var said = new ByteArrayOutputStream();
        Optional<byte[]> next = read();
        while (next.isPresent()) {
            said.writeBytes(next.get());
            if (!OldRequest.isUnfinished(said.toByteArray())) {
                break;
            }
            next = read();
        }
        byte[] bytes = said.toByteArray();
        if (OldRequest.isOld(bytes)) {
            outbox.speakPlainly();
            return Optional.of(OldRequest.modern(bytes));
        }
        return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
    }

    private Optional<byte[]> read() {
        try {
            return Optional.of(source.readBuffer().readBytes());
        } catch (DataReader.InsufficientDataAvailableException e) {
            return Optional.empty();
        }
    }

    /** Hears about a client, in another thread. */
    interface Listener {

        /** Hear that the client will say no more: most have gone then, but some still wait for their answer. */
        void ended();

        /** Hear that the client has gone. */
        void gone();
    }

    /** Hear if the client goes away, until the watch is closed. */
    Watch watch(Listener hears) {
        listener = hears;
        if (ahead == null && reader.available() == 0) {
            var future = new CompletableFuture<Optional<byte[]>>();
            ahead = future;
            Thread.ofVirtual().name("watch").start(() -> readAhead(future));
        }
        return new Watch();
    }

    private void readAhead(CompletableFuture<Optional<byte[]>> future) {
        Optional<byte[]> bytes = Optional.empty();
        Consumer<Listener> news = Listener::ended;
        try {
            bytes = read();
        } catch (RuntimeException e) {
            news = Listener::gone;
        }
        Listener hears = listener;
        if (bytes.isEmpty() && hears != null) {
            news.accept(hears);
        }
        future.complete(bytes);
    }

    /** Ends the watch over a request. */
    final class Watch implements AutoCloseable {
        private Watch() {}

        @Override
        public void close() {
            listener = null;
        }
    }
}
