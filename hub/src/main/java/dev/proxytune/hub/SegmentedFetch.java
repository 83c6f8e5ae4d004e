package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Fetch one file over several connections.
 *
 * <p>Each connection fetches a segment into memory; the caller's thread writes the segments in order, the first one while
 * it is still coming in. So the file never has a hole, at the price of losing what is in memory when the process is
 * killed. No more than two segments for each connection are in memory, so one slow connection holds the others up at last.
 */
final class SegmentedFetch {
    private static final int MOST_FAILURES = 5;
    private static final long LOOK_MILLIS = 100;
    /** How many bytes of the first segment are worth waking the writer for. */
    private static final int WORTH_WRITING = 1 << 20;

    /** Tells that the server has no ranges. */
    private static final class RangesIgnoredException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** A part of the file; {@code filled} grows under the lock. */
    private static final class Segment {
        final long start;
        final byte[] data;
        int filled;

        Segment(long start, int length) {
            this.start = start;
            this.data = new byte[length];
        }

        boolean isFull() {
            return filled == data.length;
        }
    }

    private final BlobSource source;
    private final BlobSink sink;
    private final DownloadPlan plan;
    private final HubHttp http;
    private final long end;
    private final Deque<Segment> segments = new ArrayDeque<>();
    private long next;
    private long received;
    private boolean closed;
    private Optional<Exception> failure = Optional.empty();

    SegmentedFetch(BlobSource source, BlobSink sink, DownloadPlan plan, HubHttp http) {
        this.source = source;
        this.sink = sink;
        this.plan = plan;
        this.http = http;
        this.next = sink.position();
        this.received = sink.position();
        this.end = sink.position() + sink.left();
    }

    /**
     * Fetch all that is missing.
     *
     * @param progress hears how many bytes of the file are here
     * @return false if the server has no ranges, so that it must be done in another way
     */
    boolean run(LongConsumer progress, Cancellation cancellation) {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < plan.connections(); i++) {
            workers.add(Thread.ofPlatform().daemon().name("hub-connection-" + i).start(this::work));
        }
        try {
            while (sink.left() > 0) {
                cancellation.check();
                writeHead(progress);
                Exception reason = failure();
                switch (reason) {
                    case null -> {
                        // All is well.
                    }
                    case RangesIgnoredException _ -> {
                        return false;
                    }
                    case RuntimeException known -> throw known;
                    default -> throw new IllegalStateException(reason);
                }
            }
            return true;
        } finally {
            close();
            workers.forEach(Thread::interrupt);
        }
    }

    @SuppressWarnings("NullAway") // for the switch
    private synchronized Exception failure() {
        return failure.orElse(null);
    }

    private synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Write what is there of the first segment, or wait a little for more. */
    private void writeHead(LongConsumer progress) {
        byte[] data;
        int from;
        int to;
        long here;
        synchronized (this) {
            Segment head = segments.peek();
            if (head == null || sink.position() == head.start + head.filled) {
                lookLater();
            }
            here = received;
            head = segments.peek();
            if (head == null) {
                return;
            }
            data = head.data;
            from = (int) (sink.position() - head.start);
            to = head.filled;
        }
        if (to > from) {
            sink.append(data, from, to - from);
            if (to == data.length) {
                release();
            }
        }
        progress.accept(here);
    }

    private synchronized void release() {
        segments.remove();
        notifyAll();
    }

    @SuppressWarnings("WaitNotInLoop") // the caller comes again
    private synchronized void lookLater() {
        try {
            if (failure.isEmpty()) {
                wait(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("The download was interrupted", e);
        }
    }

    private void work() {
        try {
            for (Optional<Segment> segment = begin(); segment.isPresent(); segment = begin()) {
                fill(segment.get());
            }
        } catch (RangesIgnoredException | RuntimeException e) {
            fail(e);
        }
    }

    private synchronized void fail(Exception e) {
        if (failure.isEmpty() && !closed) {
            failure = Optional.of(e);
        }
        notifyAll();
    }

    /** Take the next segment, once there is room for it; empty if there is none left. */
    private synchronized Optional<Segment> begin() {
        while (!closed && failure.isEmpty() && next < end && segments.size() >= 2 * plan.connections()) {
            try {
                wait();
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        }
        if (closed || failure.isPresent() || next >= end) {
            return Optional.empty();
        }
        var segment = new Segment(next, (int) Math.min(plan.segmentBytes(), end - next));
        next += segment.data.length;
        segments.add(segment);
        return Optional.of(segment);
    }

    private void fill(Segment segment) throws RangesIgnoredException {
        int failures = 0;
        while (!segment.isFull()) {
            int before = segment.filled;
            IOException reason = new IOException("the connection was closed");
            try {
                read(segment);
            } catch (RangesIgnoredException e) {
                throw e;
            } catch (IOException e) {
                reason = e;
            }
            if (isClosed()) {
                return;
            }
            failures = segment.filled > before ? 0 : failures + 1;
            if (failures >= MOST_FAILURES) {
                throw BlobDownload.brokenOff(reason);
            }
            if (failures > 0) {
                http.sleep(HubHttp.backOff(failures));
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void read(Segment segment) throws IOException {
        long from = segment.start + segment.filled;
        try (Answer answer = source.open(from, segment.start + segment.data.length - 1)) {
            if (answer.status() != 206 || answer.start().orElse(-1) != from) {
                throw new RangesIgnoredException();
            }
            while (!segment.isFull()) {
                int count = answer.body().read(segment.data, segment.filled, segment.data.length - segment.filled);
                if (count < 0 || isClosed()) {
                    return;
                }
                synchronized (this) {
                    boolean worthAWord = (segment.filled ^ (segment.filled + count)) >= WORTH_WRITING;
                    segment.filled += count;
                    received += count;
                    if (worthAWord || segment.isFull()) {
                        notifyAll();
                    }
                }
            }
            answer.drain();
        }
    }
}
