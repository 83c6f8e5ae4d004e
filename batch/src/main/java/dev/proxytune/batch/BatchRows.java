package dev.proxytune.batch;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.FileFaults;
import dev.proxytune.jsonl.Utf8Lines;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Read the rows of a file of JSON lines, plain or compressed by gzip, one after the other.
 *
 * <p>A line that is no row is one that cannot be understood; empty lines are left out. Not thread-safe.
 */
public final class BatchRows implements Iterator<BatchRow>, AutoCloseable {
    private static final int GZIP_MAGIC = 0x1f8b;

    private final Utf8Lines lines;
    private Optional<Utf8Lines.Line> ahead = Optional.empty();
    private boolean known;
    private boolean openAi;

    private BatchRows(Utf8Lines lines) {
        this.lines = lines;
    }

    /**
     * Open a file.
     *
     * @throws ProxyTuneException if it cannot be read
     */
    public static BatchRows open(Path file) {
        return new BatchRows(lines(file));
    }

    /**
     * Read what a stream holds, and close it in the end.
     *
     * @param name what to call it in messages
     * @throws ProxyTuneException if it cannot be read
     */
    public static BatchRows of(InputStream input, String name) {
        try {
            return new BatchRows(Utf8Lines.of(unpacked(input), name));
        } catch (IOException e) {
            throw new ProxyTuneException(name + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Utf8Lines lines(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new ProxyTuneException(file + " is a folder: give a file of JSON lines");
            }
            return Utf8Lines.of(unpacked(Files.newInputStream(file)), file.toString());
        } catch (IOException e) {
            throw new ProxyTuneException(file + " cannot be read: " + FileFaults.reason(file, e), e);
        }
    }

    private static InputStream unpacked(InputStream input) throws IOException {
        var in = new BufferedInputStream(input);
        in.mark(2);
        boolean compressed = (in.read() << 8 | in.read()) == GZIP_MAGIC;
        in.reset();
        return compressed ? new GZIPInputStream(in) : in;
    }

    /**
     * Tell what a file holds.
     *
     * @param rows how many rows it has
     * @param sha256 a hash of its lines in hexadecimal digits, of what they say and not how they are compressed
     */
    public record Facts(long rows, String sha256) {}

    /**
     * Read a whole file to know what it holds.
     *
     * @throws ProxyTuneException if it cannot be read
     */
    public static Facts facts(Path file) {
        long rows = 0;
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
        try (var lines = lines(file)) {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                String text = line.get() instanceof Utf8Lines.Text(String read)
                        ? read
                        : line.get().toString();
                digest.update(text.getBytes(StandardCharsets.UTF_8));
                rows += text.isBlank() ? 0 : 1;
            }
        }
        return new Facts(rows, HexFormat.of().formatHex(digest.digest()));
    }

    @Override
    public boolean hasNext() {
        while (ahead.isEmpty()) {
            ahead = lines.next();
            if (ahead.isEmpty()) {
                return false;
            }
            if (isBlank(ahead.get())) {
                ahead = Optional.empty();
            }
        }
        return true;
    }

    @Override
    public BatchRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException("there are no more rows");
        }
        Utf8Lines.Line line = ahead.orElseThrow();
        ahead = Optional.empty();
        BatchRow row = parse(line, openAi);
        if (!known) {
            known = !(row instanceof BatchRow.Unreadable);
            openAi = row.isOpenAi();
        }
        return row;
    }

    private static boolean isBlank(Utf8Lines.Line line) {
        return line instanceof Utf8Lines.Text(String text) && text.isBlank();
    }

    private static BatchRow parse(Utf8Lines.Line line, boolean openAi) {
        return switch (line) {
            // The places of faults do not depend on whether there is a line end.
            case Utf8Lines.Text(String text) ->
                BatchRow.parse(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text, openAi);
            case Utf8Lines.Fault(String reason) -> BatchRow.unreadable("The row is no text: " + reason, openAi);
        };
    }

    /**
     * Read one line.
     *
     * @param line its bytes, without its line feed
     * @param openAi whether the answer to a line that cannot be understood has OpenAI's form
     */
    public static BatchRow parse(byte[] line, boolean openAi) {
        return parse(line(line), openAi);
    }

    /** Return whether a line, without its line feed, is none that is answered. */
    public static boolean isBlank(byte[] line) {
        return line.length == 0 || isBlank(line(line));
    }

    private static Utf8Lines.Line line(byte[] bytes) {
        return Utf8Lines.of(new ByteArrayInputStream(bytes), "a line").next().orElse(new Utf8Lines.Text(""));
    }

    @Override
    public void close() {
        lines.close();
    }
}
