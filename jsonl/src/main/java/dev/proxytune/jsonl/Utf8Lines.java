package dev.proxytune.jsonl;

import dev.proxytune.CapacityException;
import dev.proxytune.ProxyTuneException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads a text file in UTF-8 line by line, strictly: bytes that are no UTF-8 are told, not replaced.
 *
 * <p>A line ends with a line feed, which belongs to it. A byte order mark at the start is left out. Not thread-safe.
 */
public final class Utf8Lines implements AutoCloseable {
    /** A line, or what is wrong with it. */
    public sealed interface Line {}

    /** A line with its line feed, if it has one. */
    public record Text(String text) implements Line {}

    /** A line that is no text in UTF-8. */
    public record Fault(String reason) implements Line {}

    private static final int LONGEST = 1 << 28;
    private static final char REPLACEMENT = '\uFFFD';
    private static final String ADVICE = "; save the file as UTF-8";

    private final String name;
    private final InputStream input;
    private final byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private long number;

    private Utf8Lines(String name, InputStream input) {
        this.name = name;
        this.input = input;
    }

    /**
     * Open a file.
     *
     * @throws ProxyTuneException if it cannot be read
     */
    public static Utf8Lines open(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new ProxyTuneException(file + " is a folder: give a file of text");
            }
            return new Utf8Lines(file.toString(), Files.newInputStream(file));
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    /**
     * Read what a stream holds, and close it in the end.
     *
     * @param name what to call it in messages
     */
    public static Utf8Lines of(InputStream input, String name) {
        return new Utf8Lines(name, input);
    }

    private static ProxyTuneException unreadable(String name, IOException e) {
        String reason =
                e instanceof NoSuchFileException ? "there is no such file" : "cannot be read (" + e.getMessage() + ")";
        return new ProxyTuneException(name + ": " + reason + "; check its name and permissions", e);
    }

    /** Return the number of the line read last, 1 for the first. */
    public long number() {
        return number;
    }

    /** Return where the line read last is, for messages. */
    public String place() {
        return name + ", line " + number;
    }

    /**
     * Read the next line.
     *
     * @throws ProxyTuneException if the file cannot be read on
     */
    public Optional<Line> next() {
        try {
            byte[] bytes = nextBytes();
            if (bytes.length == 0) {
                return Optional.empty();
            }
            number++;
            return Optional.of(decode(bytes));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private byte[] nextBytes() throws IOException {
        var line = new ByteArrayOutputStream();
        while (true) {
            if (from == to) {
                from = 0;
                to = Math.max(0, input.read(buffer));
                if (to == 0) {
                    return line.toByteArray();
                }
            }
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            boolean complete = end < to;
            int next = complete ? end + 1 : end;
            if (line.size() + (next - from) > LONGEST) {
                throw new CapacityException(name + ", line " + (number + 1) + ": the line is longer than "
                        + (LONGEST >> 20) + " MiB; break it into several");
            }
            line.write(buffer, from, next - from);
            from = next;
            if (complete) {
                return line.toByteArray();
            }
        }
    }

    private Line decode(byte[] bytes) {
        if (number == 1) {
            Optional<String> mark = otherMark(bytes);
            if (mark.isPresent()) {
                return new Fault("the text is in " + mark.get() + ", not UTF-8" + ADVICE);
            }
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0) {
            int good = wellFormed(bytes);
            if (good < bytes.length) {
                return new Fault("byte " + (good + 1) + " of the line, " + String.format("0x%02x", bytes[good])
                        + ", is not UTF-8" + ADVICE);
            }
        }
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            return new Fault("there is a zero byte, so the file is not text in UTF-8" + ADVICE);
        }
        return new Text(number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text);
    }

    /** Return the encoding that the first bytes of a file tell, if it is another one. */
    private static Optional<String> otherMark(byte[] bytes) {
        int first = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
        boolean wide = first == 0xfffe && bytes.length >= 4 && bytes[2] == 0 && bytes[3] == 0;
        return first == 0xfffe || first == 0xfeff ? Optional.of(wide ? "UTF-32" : "UTF-16") : Optional.empty();
    }

    /** Return how many bytes are well-formed from the start. */
    private static int wellFormed(byte[] bytes) {
        var source = ByteBuffer.wrap(bytes);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(source);
            return bytes.length;
        } catch (CharacterCodingException e) {
            return source.position();
        }
    }

    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }
}
