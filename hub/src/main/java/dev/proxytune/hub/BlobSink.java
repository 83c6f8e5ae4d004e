package dev.proxytune.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The unfinished file of a download: it only ever grows at its end, so that its length tells what is there, whatever
 * ends the process, and whoever goes on with it.
 */
final class BlobSink {
    private static final int STEP = 1 << 20;

    private final FileChannel channel;
    private final Path path;
    private final RemoteFile file;
    private BlobDigest digest;
    private long position;

    BlobSink(FileChannel channel, Path path, RemoteFile file) {
        this.channel = channel;
        this.path = path;
        this.file = file;
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
                digest.update(buffer.flip());
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

    /** Add bytes at the end. */
    void append(byte[] bytes, int offset, int length) {
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

    /** Make sure that the bytes are on the disk. */
    void force() {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw Failures.writing(path, e);
        }
    }
}
