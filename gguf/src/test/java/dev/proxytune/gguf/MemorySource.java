package dev.proxytune.gguf;

import java.nio.ByteBuffer;

/** Bytes in memory as a source, handed out in small pieces. */
record MemorySource(ByteBuffer bytes) implements ByteSource {
    private static final int PIECE = 1000;

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long size() {
        return bytes.capacity();
    }

    @Override
    public int read(long position, ByteBuffer destination) {
        int count = (int) Math.min(Math.min(PIECE, destination.remaining()), bytes.capacity() - position);
        destination.put(bytes.slice((int) position, count));
        return count;
    }

    @Override
    public void close() {}
}
