package dev.proxytune.jsonl;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Append rows to a file of JSON lines, which another run may have begun.
 *
 * <p>Beside the file, {@code NAME.settings.json} holds what the rows were made with. A row is in the file as soon as it
 * is added; what a killed process has left of its last one is removed when the file is opened to go on. No two writers
 * have a file at a time. Not thread-safe.
 */
public final class RowWriter implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int BLOCK = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long present;

    private RowWriter(Path file, FileChannel channel, long present) {
        this.file = file;
        this.channel = channel;
        this.present = present;
    }

    /** Return the file that holds the settings of a file of rows. */
    public static Path settingsOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".settings.json");
    }

    /**
     * Begin a new file, in place of one that may be there.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    public static RowWriter create(Path file, Map<String, ? extends @Nullable Object> settings) {
        requirePlace(file);
        boolean begun = !Files.exists(file);
        try {
            FileChannel channel = open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                Files.write(
                        settingsOf(file), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(settings));
                channel.truncate(0);
            } catch (IOException e) {
                channel.close();
                if (begun) {
                    Files.deleteIfExists(file);
                }
                throw new ProxyTuneException(
                        settingsOf(file) + " cannot be written: " + FileFaults.reason(settingsOf(file), e), e);
            }
            return new RowWriter(file, channel, 0);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    private static FileChannel open(Path file, StandardOpenOption... options) throws IOException {
        FileChannel channel = FileChannel.open(file, options);
        boolean free = false;
        try {
            free = channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            // Another writer of this process has it.
        } catch (IOException _) {
            // A file system without locks.
            free = true;
        }
        if (!free) {
            channel.close();
            throw new ProxyTuneException(file + " is being written by another run; wait for its end, or stop it");
        }
        return channel;
    }

    /**
     * Refuse what no rows can be written to, before time is spent on them.
     *
     * @throws ProxyTuneException if the folder does not exist, or something is there that is no regular file
     */
    public static void requirePlace(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new ProxyTuneException(file + " cannot be written: the folder " + folder + " does not exist");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new ProxyTuneException(file + " cannot be written: it is "
                    + (Files.isDirectory(file) ? "a folder" : "no regular file") + "; name another file");
        }
    }

    /**
     * Go on with a file, or begin one that is not there.
     *
     * @throws ProxyTuneException if it was begun with other settings, or cannot be written
     */
    public static RowWriter resume(Path file, Map<String, ? extends @Nullable Object> settings) {
        if (!Files.exists(file)) {
            return create(file, settings);
        }
        requirePlace(file);
        requireSame(file, settings);
        try {
            FileChannel channel = open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            long end = endOfRows(channel);
            channel.truncate(end).position(end);
            return new RowWriter(file, channel, end);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /** Return how many bytes the whole lines have. */
    private static long endOfRows(FileChannel channel) throws IOException {
        long end = channel.size();
        while (end > 0) {
            var block = ByteBuffer.allocate((int) Math.min(BLOCK, end));
            long start = end - block.capacity();
            while (block.hasRemaining() && channel.read(block, start + block.position()) > 0) {
                // Reads until the block is full.
            }
            for (int i = block.position() - 1; i >= 0; i--) {
                if (block.get(i) == '\n') {
                    return start + i + 1;
                }
            }
            end = start;
        }
        return 0;
    }

    private static void requireSame(Path file, Map<String, ? extends @Nullable Object> settings) {
        Path path = settingsOf(file);
        Map<?, ?> before;
        try {
            before = JSON.readValue(Files.readAllBytes(path), Map.class);
        } catch (IOException | JacksonException e) {
            throw new ProxyTuneException(
                    "What " + file + " was generated with is not known, as " + path
                            + " cannot be read; start anew with --force, or write to another file",
                    e);
        }
        // As they read once they are written.
        Map<?, ?> now = JSON.readValue(JSON.writeValueAsBytes(settings), Map.class);
        for (Object key : now.keySet()) {
            if (!Objects.equals(before.get(key), now.get(key))) {
                throw new ProxyTuneException(file + " was begun with " + key + " " + before.get(key) + ", now it is "
                        + now.get(key) + "; go on as it began, start anew with --force, or write to another file");
            }
        }
    }

    private static ProxyTuneException cannotWrite(Path file, IOException e) {
        return new ProxyTuneException(file + " cannot be written: " + FileFaults.reason(file, e), e);
    }

    /** Return whether there were rows in the file when it was opened. */
    public boolean isBegun() {
        return present > 0;
    }

    /**
     * Look at the rows that were in the file when it was opened, one after the other.
     *
     * @throws ProxyTuneException if a line holds no row
     * @throws IllegalStateException if rows were added since
     */
    public void forEachPresent(Consumer<? super Map<String, Object>> action) {
        try {
            if (channel.position() != present) {
                throw new IllegalStateException("rows were added to " + file);
            }
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
        try (var lines = Utf8Lines.open(file)) {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                action.accept(row(lines, line.get()));
            }
        }
    }

    private static Map<String, Object> row(Utf8Lines lines, Utf8Lines.Line line) {
        try {
            if (line instanceof Utf8Lines.Text text) {
                @SuppressWarnings("unchecked") // JSON objects have strings for keys
                Map<String, Object> row = JSON.readValue(text.text(), Map.class);
                return row;
            }
        } catch (JacksonException _) {
            // Said below.
        }
        throw new ProxyTuneException(lines.place() + " is no row that a run has written; it cannot be continued");
    }

    /** Return the rows that were in the file when it was opened; {@link #forEachPresent} tells when that fails. */
    public List<Map<String, Object>> present() {
        List<Map<String, Object>> rows = new ArrayList<>();
        forEachPresent(rows::add);
        return rows;
    }

    /**
     * Append a row.
     *
     * @throws ProxyTuneException if the disk is full or gone; the file then ends with the row before
     */
    public void add(Map<String, ? extends @Nullable Object> row) {
        addLine(JsonLines.line(row));
    }

    /**
     * Append a row that is written already.
     *
     * @param line an object of JSON with its line end
     * @throws ProxyTuneException if the disk is full or gone; the file then ends with the row before
     */
    public void addLine(String line) {
        long end = -1;
        try {
            end = channel.position();
            ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            cutBack(end);
            throw cannotWrite(file, e);
        }
    }

    private void cutBack(long end) {
        try {
            if (end >= 0) {
                channel.truncate(end);
            }
        } catch (IOException e) {
            // The file is resumed from its last whole line anyway.
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
