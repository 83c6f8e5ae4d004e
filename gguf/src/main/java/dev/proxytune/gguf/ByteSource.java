package dev.proxytune.gguf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Random access to the bytes of one GGUF file, wherever they are kept.
 *
 * <p>{@link GgufFile} reads local files. Another implementation, such as one over HTTP range requests, lets {@link
 * GgufHeader#read(ByteSource)} look at a model before it is downloaded.
 */
public interface ByteSource extends AutoCloseable {

    /** Return the name that error messages use, such as a path or an address. */
    String name();

    /** Return the size in bytes, at least 0. */
    long size();

    /**
     * Read some bytes into the buffer, advancing its position.
     *
     * @param position byte offset of the first byte, from 0
     * @return how many bytes were read, at least 1 unless the buffer was full, or -1 at the end
     * @throws IOException if the bytes cannot be read
     */
    int read(long position, ByteBuffer destination) throws IOException;

    /**
     * Fill the rest of the buffer from the position on.
     *
     * @throws EOFException if the source ends before the buffer is full
     * @throws IOException if the bytes cannot be read
     */
    default void readFully(long position, ByteBuffer destination) throws IOException {
        long at = position;
        while (destination.hasRemaining()) {
            int count = read(at, destination);
            if (count < 0) {
                throw new EOFException(name() + " ends at byte " + at);
            }
            at += count;
        }
    }

    @Override
    void close() throws IOException;
}
