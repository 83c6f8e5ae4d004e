package dev.proxytune.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as a stream that hands out every byte that arrived before the connection broke, and fails when it
 * has been silent for too long.
 *
 * <p>The stream that comes with Java's client throws away what it has not handed out yet when the connection breaks, and
 * waits without end for a server that has gone away.
 */
final class BodyStream extends InputStream implements BodySubscriber<InputStream> {
    /** How many parcels, of 16 KiB mostly, may wait to be read. */
    private static final int AHEAD = 64;

    /** After how many of them more are asked for. */
    private static final int BATCH = 16;

    private static final List<ByteBuffer> END = List.of();

    private final long limitNanos;
    private final BlockingQueue<List<ByteBuffer>> parcels = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private List<ByteBuffer> parcel = END;
    private int index;
    private int taken;
    private boolean ended;

    BodyStream(Duration limit) {
        this.limitNanos = limit.toNanos();
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
        subscription.complete(made);
        if (closed) {
            made.cancel();
        } else {
            made.request(AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        parcels.add(List.copyOf(buffers));
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        parcels.add(END);
    }

    @Override
    public void onComplete() {
        parcels.add(END);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        while (index == parcel.size() || !parcel.get(index).hasRemaining()) {
            if (index < parcel.size()) {
                index++;
            } else if (!next()) {
                return -1;
            }
        }
        ByteBuffer buffer = parcel.get(index);
        int count = Math.min(length, buffer.remaining());
        buffer.get(bytes, offset, count);
        return count;
    }

    /** Take the next parcel; false at the end. */
    private boolean next() throws IOException {
        if (closed) {
            throw new IOException("the connection was closed here");
        }
        if (!ended) {
            List<ByteBuffer> next = take();
            if (!next.isEmpty()) {
                parcel = next;
                index = 0;
                taken++;
                if (taken % BATCH == 0) {
                    subscription.join().request(BATCH);
                }
                return true;
            }
            ended = true;
        }
        Throwable reason = failure;
        if (reason != null) {
            throw new IOException("the connection broke", reason);
        }
        return false;
    }

    private List<ByteBuffer> take() throws IOException {
        try {
            List<ByteBuffer> next = parcels.poll(limitNanos, TimeUnit.NANOSECONDS);
            if (next == null) {
                close();
                throw new HttpTimeoutException("no data in time");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    @Override
    public void close() {
        closed = true;
        parcels.add(END);
        if (subscription.isDone()) {
            subscription.join().cancel();
        }
    }
}
