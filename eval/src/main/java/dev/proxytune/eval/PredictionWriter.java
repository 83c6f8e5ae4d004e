package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Append rows to a file of predictions, which another run may have begun.
 *
 * <p>Beside the file, {@code NAME.settings.json} holds what the rows were generated with. A row is in the file as soon
 * as it is added; what a killed process has left of its last one is removed when the file is opened to go on. Not
 * thread-safe.
 */
public final class PredictionWriter implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path file;
    private final FileChannel channel;
    private final List<Map<String, Object>> present;

    private PredictionWriter(Path file, FileChannel channel, List<Map<String, Object>> present) {
        this.file = file;
        this.channel = channel;
        this.present = List.copyOf(present);
    }

    /** Return the file that holds the settings of a file of predictions. */
    public static Path settingsOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".settings.json");
    }

    /**
     * Begin a new file, in place of one that may be there.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    public static PredictionWriter create(Path file, Map<String, ? extends @Nullable Object> settings) {
        requirePlace(file);
        boolean begun = !Files.exists(file);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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
                        settingsOf(file) + " cannot be written: " + RowFile.reason(settingsOf(file), e), e);
            }
            return new PredictionWriter(file, channel, List.of());
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
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
     * @throws ProxyTuneException if it was begun with other settings, holds anything but rows, or cannot be written
     */
    public static PredictionWriter resume(Path file, Map<String, ? extends @Nullable Object> settings) {
        if (!Files.exists(file)) {
            return create(file, settings);
        }
        requirePlace(file);
        requireSame(file, settings);
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] != '\n') {
                end--;
            }
            List<Map<String, Object>> rows = rows(file, new String(bytes, 0, end, StandardCharsets.UTF_8));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            channel.truncate(end).position(end);
            return new PredictionWriter(file, channel, rows);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
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

    private static List<Map<String, Object>> rows(Path file, String text) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String line : text.lines().toList()) {
            try {
                @SuppressWarnings("unchecked") // JSON objects have strings for keys
                Map<String, Object> row = JSON.readValue(line, Map.class);
                rows.add(row);
            } catch (JacksonException e) {
                throw new ProxyTuneException(
                        file + ", row " + (rows.size() + 1) + ", is no row of predictions; it cannot be continued", e);
            }
        }
        return rows;
    }

    private static ProxyTuneException cannotWrite(Path file, IOException e) {
        return new ProxyTuneException(file + " cannot be written: " + RowFile.reason(file, e), e);
    }

    /** Return the rows that were in the file when it was opened. */
    public List<Map<String, Object>> present() {
        return present;
    }

    /**
     * Append a row.
     *
     * @throws ProxyTuneException if the disk is full or gone; the file then ends with the row before
     */
    public void add(Map<String, ? extends @Nullable Object> row) {
        long end = -1;
        try {
            end = channel.position();
            ByteBuffer line = ByteBuffer.wrap(RowFile.line(row).getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
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
