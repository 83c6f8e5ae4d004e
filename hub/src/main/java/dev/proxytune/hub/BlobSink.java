package dev.proxytune.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The unfinished file of a download: it only ever grows at its end, so that its length tells what is there, whatever
 * ends the process, and whoever goes on with it.
 */
final class BlobSink {
    private static final int STEP = 1 << 20;
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);

    private final FileChannel channel;
    private final Path path;
    private final RemoteFile file;
    private final boolean isGguf;
    private BlobDigest digest;
    private long position;

    BlobSink(FileChannel channel, Path path, RemoteFile file) {
        this.channel = channel;
        this.path = path;
        this.file = file;
        this.isGguf = file.path().endsWith(GgufNames.SUFFIX);
        this.digest = BlobDigest.begin(file.tag(), file.size());
    }

    long position() {
        return position;
    }

    long left() {
        return file.size() - position;
    }

    BlobDigest digest() {
        return digest;
    }

    /** Take over what an earlier download has left. */
    void resume() {
        try {
            if (channel.size() > file.size()) {
                restart();
            }
            long there = channel.size();
            ByteBuffer buffer = ByteBuffer.allocate(STEP);
            while (position < there) {
                buffer.clear().limit((int) Math.min(STEP, there - position));
                int count = channel.read(buffer, position);
                if (count < 0) {
                    throw new IOException("it became shorter while it was read");
                }
                if (!begins(buffer.flip())) {
                    restart();
                    return;
                }
                digest.update(buffer);
                position += count;
            }
            channel.position(position);
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
    }

    /** Forget all bytes. */
    void restart() {
        try {
            channel.truncate(0);
            channel.position(0);
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
        position = 0;
        digest = BlobDigest.begin(file.tag(), file.size());
    }

    /**
     * Add bytes at the end.
     *
     * @throws HubException if they are the first ones, and not those of a GGUF file where it should be one; nothing of it
     *     is left then
     */
    void append(byte[] bytes, int offset, int length) {
        if (!begins(ByteBuffer.wrap(bytes, offset, length))) {
            throw noGguf();
        }
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
        digest.update(ByteBuffer.wrap(bytes, offset, length));
        position += length;
    }

    /** Return whether the file can be what it is called, as far as the bytes that come next tell; takes none of them. */
    private boolean begins(ByteBuffer next) {
        for (long at = position; isGguf && at < MAGIC.length && at - position < next.remaining(); at++) {
            if (next.get(next.position() + (int) (at - position)) != MAGIC[(int) at]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Refuse a file that is too short for what it is called.
     *
     * @throws HubException if it is
     */
    void requireLength() {
        if (isGguf && file.size() < MAGIC.length) {
            throw noGguf();
        }
    }

    private HubException noGguf() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
        return new HubException(file.path() + " of " + file.repository() + " is no GGUF file: its " + file.size()
                + " bytes do not begin with GGUF; nothing of it is kept, take another file");
    }

    /** Make sure that the bytes are on the disk. */
    void force() {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
    }
}
