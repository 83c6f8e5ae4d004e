package dev.proxytune.hub;

import dev.proxytune.gguf.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a file on the hub, fetched by ranges as they are read: each longer than the one before, as a header with a
 * large vocabulary has 10 MB or more and a small one a few thousand bytes.
 */
final class HttpSource implements ByteSource {
    private static final int FIRST = 1 << 20;
    private static final int LONGEST = 1 << 23;
    private static final int MOST_FAILURES = 3;

    private final BlobSource source;
    private final RemoteFile file;
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart;
    private int next = FIRST;

    HttpSource(BlobSource source, RemoteFile file) {
        this.source = source;
        this.file = file;
    }

    @Override
    public String name() {
        return file.repository() + "/" + file.path();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public int read(long position, ByteBuffer destination) {
        if (position >= file.size()) {
            return -1;
        }
        if (position < windowStart || position >= windowStart + window.limit()) {
            fetch(position);
        }
        ByteBuffer part = window.duplicate().position((int) (position - windowStart));
        int count = Math.min(part.remaining(), destination.remaining());
        destination.put(part.limit(part.position() + count));
        return count;
    }

    private void fetch(long position) {
        int length = (int) Math.min(next, file.size() - position);
        next = Math.min(LONGEST, next * 2);
        var bytes = new byte[length];
        int filled = 0;
        int failures = 0;
        while (filled < length) {
            int before = filled;
            IOException reason = new IOException("the connection was closed");
            try (Answer answer = source.open(position + filled, position + length - 1)) {
                answer.body().skipNBytes(position + filled - answer.start().orElse(0));
                int count = 0;
                while (filled < length && count >= 0) {
                    count = answer.body().read(bytes, filled, length - filled);
                    filled += Math.max(0, count);
                }
                if (filled == length) {
                    answer.drain();
                }
            } catch (IOException e) {
                reason = e;
            }
            failures = filled > before ? 0 : failures + 1;
            if (failures >= MOST_FAILURES) {
                throw new HubException(
                        "The header of " + name() + " breaks off again and again on its way (" + Failures.reason(reason)
                                + "); check the network and try again",
                        reason);
            }
            if (filled < length) {
                source.pause(Math.max(1, failures));
            }
        }
        window = ByteBuffer.wrap(bytes);
        windowStart = position;
    }

    @Override
    public void close() {
        // Each range is its own request.
    }
}
