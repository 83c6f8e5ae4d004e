package dev.proxytune.convert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Ways to break the files of a folder. */
final class Broken {
    private Broken() {}

    /** Change the text of a file, which must change by it. */
    static void text(Path file, UnaryOperator<String> change) {
        try {
            String before = Files.readString(file);
            String after = change.apply(before);
            if (after.equals(before)) {
                throw new IllegalStateException("nothing changed in " + file);
            }
            Files.writeString(file, after);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replace a text in a file. */
    static void replace(Path file, String old, String with) {
        text(file, text -> text.replace(old, with));
    }

    /** Change the bytes of a file. */
    static void bytes(Path file, UnaryOperator<byte[]> change) {
        try {
            Files.write(file, change.apply(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keep only the first bytes of a file. */
    static void cut(Path file, int length) {
        bytes(file, all -> Arrays.copyOf(all, length));
    }

    /** Change the header of a safetensors file, which must change by it, and nothing else. */
    static void header(Path file, UnaryOperator<String> change) {
        bytes(file, all -> {
            int length =
                    (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
            String before = new String(all, 8, length, StandardCharsets.UTF_8);
            byte[] after = change.apply(before).getBytes(StandardCharsets.UTF_8);
            if (before.equals(new String(after, StandardCharsets.UTF_8))) {
                throw new IllegalStateException("nothing changed in " + file);
            }
            return ByteBuffer.allocate(8 + after.length + all.length - 8 - length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(after.length)
                    .put(after)
                    .put(all, 8 + length, all.length - 8 - length)
                    .array();
        });
    }

    /** Overwrite bytes from the end of a file on, which are the last elements of the last tensor. */
    static void end(Path file, byte... bytes) {
        bytes(file, all -> {
            System.arraycopy(bytes, 0, all, all.length - bytes.length, bytes.length);
            return all;
        });
    }
}
