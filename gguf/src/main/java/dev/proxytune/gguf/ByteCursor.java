package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads little-endian values one after the other through a small buffer and refuses to pass the end. */
final class ByteCursor {
    /** More bytes than any header in use needs; bounds what a hostile file makes us hold. */
    static final int LONGEST_ARRAY = 1 << 28;

    private static final int BUFFER_BYTES = 1 << 17;

    private final ByteSource source;
    private final long size;
    private final ByteBuffer buffer;
    private long bufferEnd;
    private String part = "the magic number";
    private String partName = "";

    ByteCursor(ByteSource source) {
        this.source = source;
        this.size = source.size();
        this.buffer = ByteBuffer.allocate((int) Math.max(16, Math.min(BUFFER_BYTES, size)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
    }

    /** Name the part being read, for messages. */
    void enter(String kind) {
        enter(kind, "");
    }

    /** Name the part being read; the text is put together only if something is wrong with it. */
    void enter(String kind, String name) {
        part = kind;
        partName = name;
    }

    String part() {
        return partName.isEmpty() ? part : part + " " + Refusal.quote(partName);
    }

    long position() {
        return bufferEnd - buffer.remaining();
    }

    long remaining() {
        return size - position();
    }

    int readInt() {
        need(Integer.BYTES);
        return buffer.getInt();
    }

    long readLong() {
        need(Long.BYTES);
        return buffer.getLong();
    }

    /** Read a string's length and refuse one that passes the end or is absurd. */
    private int readLength() {
        long length = readLong();
        if (length < 0 || length > remaining() || length > LONGEST_ARRAY) {
            throw tooLong(length, "bytes of text");
        }
        return (int) length;
    }

    String readString() {
        int length = readLength();
        return new String(readBytes(length), StandardCharsets.UTF_8);
    }

    byte[] readBytes(int count) {
        if (count > remaining()) {
            throw truncated(count);
        }
        var bytes = new byte[count];
        readInto(bytes, 0, count);
        return bytes;
    }

    /** Read strings; each takes at least its length field, so the count is checked before anything is allocated. */
    TextArray readTexts(long count) {
        if (count < 0 || count > remaining() / Long.BYTES || count > LONGEST_ARRAY / Long.BYTES) {
            throw tooLong(count, "strings");
        }
        var ends = new int[(int) count];
        long bound = Math.min(remaining() - count * Long.BYTES, LONGEST_ARRAY);
        var bytes = new byte[(int) Math.min(bound, count * 8)];
        int used = 0;
        for (int i = 0; i < ends.length; i++) {
            int length = readLength();
            if (length > bytes.length - used) {
                if (length > LONGEST_ARRAY - used) {
                    throw tooLong((long) used + length, "bytes of text");
                }
                bytes = Arrays.copyOf(bytes, (int) Math.min(LONGEST_ARRAY, Math.max(used + length, used * 2L)));
            }
            readInto(bytes, used, length);
            used += length;
            ends[i] = used;
        }
        return new TextArray(used == bytes.length ? bytes : Arrays.copyOf(bytes, used), ends);
    }

    NumberArray readNumbers(ValueType type, long count) {
        if (count < 0 || count > remaining() / type.width() || count > LONGEST_ARRAY / type.width()) {
            throw tooLong(count, type.label() + " values");
        }
        return new NumberArray(type, readBytes((int) count * type.width()));
    }

    private void readInto(byte[] bytes, int offset, int count) {
        int done = 0;
        while (done < count) {
            if (!buffer.hasRemaining()) {
                fill();
            }
            int step = Math.min(count - done, buffer.remaining());
            buffer.get(bytes, offset + done, step);
            done += step;
        }
    }

    private void need(int bytes) {
        if (buffer.remaining() < bytes) {
            if (remaining() < bytes) {
                throw truncated(bytes);
            }
            while (buffer.remaining() < bytes) {
                fill();
            }
        }
    }

    private void fill() {
        buffer.compact();
        int count;
        try {
            count = source.read(bufferEnd, buffer);
        } catch (IOException e) {
            throw new InvalidModelException(
                    source.name() + ": cannot be read at byte " + bufferEnd + " (" + e.getMessage()
                            + "); check the device and the permissions",
                    e);
        } finally {
            buffer.flip();
        }
        if (count <= 0) {
            throw truncated(1);
        }
        bufferEnd += count;
    }

    private InvalidModelException truncated(int wanted) {
        return Refusal.damaged(
                source.name(),
                "the file ends inside " + part() + " (byte " + position() + " of " + size + ")",
                "at least " + wanted + " more bytes");
    }

    private InvalidModelException tooLong(long count, String unit) {
        return Refusal.damaged(
                source.name(),
                part() + " claims " + Long.toUnsignedString(count) + " " + unit + " at byte " + position(),
                "no more than the " + remaining() + " bytes that follow and " + LONGEST_ARRAY);
    }
}
