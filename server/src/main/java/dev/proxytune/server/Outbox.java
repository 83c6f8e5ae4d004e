package dev.proxytune.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Passes on what is said to a client in a form that the client can take, and hangs up on one that does not take it.
 *
 * <p>Helidon writes a reply's head in one piece, with all of its body or alone, and then each chunk in one piece.
 */
final class Outbox implements DataWriter {
    private static final String CHUNKED = "\r\nTransfer-Encoding: chunked\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    private final DataWriter sink;
    private final Silence silence;
    private boolean old;
    private boolean unframing;
    private boolean headsOnly;

    /**
     * Create one for a connection.
     *
     * @param silence hears when the connection waits for its client
     */
    Outbox(DataWriter sink, Silence silence) {
        this.sink = sink;
        this.silence = silence;
    }

    /** Speak to a client of HTTP/1.0, which knows no chunks: what has no length ends with the connection. */
    void speakPlainly() {
        old = true;
    }

    /** Say whether the client wants heads alone, as of HEAD, from now on. */
    void sendHeadsOnly(boolean wanted) {
        headsOnly = wanted;
    }

    /** Return whether the client can be told that it is still heard before it gets its reply. */
    boolean hasContinue() {
        return !old;
    }

    /** Tell the client that it is still heard, which is allowed at any time before its reply. */
    void sayContinue() {
        say(BufferData.create(CONTINUE.getBytes(StandardCharsets.US_ASCII)), sink::writeNow);
    }

    @Override
    public void write(BufferData... buffers) {
        write(BufferData.create(buffers));
    }

    @Override
    public void write(BufferData buffer) {
        say(fitting(buffer), sink::write);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        writeNow(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
        say(fitting(buffer), sink::writeNow);
    }

    private void say(BufferData data, Consumer<BufferData> way) {
        // Only an interrupt ends a write that waits for the client: closing waits for the write.
        try (var _ = silence.begin(Thread.currentThread()::interrupt)) {
            way.accept(data);
        }
    }

    private BufferData fitting(BufferData data) {
        if (!old && !headsOnly) {
            return data;
        }
        byte[] bytes = data.readBytes();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String fit = headsOnly ? head(text) : unframing ? unframed(text) : opened(text);
        return BufferData.create(fit.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String head(String reply) {
        int end = reply.indexOf("\r\n\r\n");
        return end < 0 ? reply : reply.substring(0, end + 4);
    }

    private String opened(String reply) {
        String head = head(reply);
        int header = head.indexOf(CHUNKED);
        if (header < 0) {
            return reply;
        }
        unframing = true;
        String rest = reply.substring(head.length());
        return head.substring(0, header)
                + head.substring(header + CHUNKED.length() - 2)
                + (rest.isEmpty() ? "" : unframed(rest));
    }

    private static String unframed(String chunk) {
        int begin = chunk.indexOf("\r\n") + 2;
        int length = Integer.parseInt(chunk, 0, begin - 2, 16);
        return chunk.substring(begin, begin + length);
    }

    @Override
    public void flush() {
        sink.flush();
    }

    @Override
    public void close() {
        sink.close();
    }
}
