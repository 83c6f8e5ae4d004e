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
    public int read(long position, ByteBuffer destination) throws IOException {
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

    private void fetch(long position) throws IOException {
        int length = (int) Math.min(next, file.size() - position);
        next = Math.min(LONGEST, next * 2);
        for (int failures = 1; ; failures++) {
            try (Answer answer = source.open(position, position + length - 1)) {
                if (answer.status() != 206) {
                    answer.body().skipNBytes(position);
                }
                byte[] bytes = answer.body().readNBytes(length);
                if (bytes.length > 0) {
                    answer.drain();
                    window = ByteBuffer.wrap(bytes);
                    windowStart = position;
                    return;
                }
            } catch (IOException e) {
                if (failures >= MOST_FAILURES) {
                    throw e;
                }
            }
            if (failures >= MOST_FAILURES) {
                throw new IOException("the connection was closed");
            }
        }
    }

    @Override
    public void close() {
        // Each range is its own request.
    }
}
