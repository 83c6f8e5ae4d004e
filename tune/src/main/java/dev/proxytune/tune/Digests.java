package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.TextArray;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tell by a short digest whether what a run reads is what it read before. */
final class Digests {
    private static final int BYTES = 8;

    private Digests() {}

    /** Return the digest of the contents of files, one after the other. */
    static String of(List<Path> files) {
        MessageDigest digest = digest();
        for (Path file : files) {
            try (var in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new ProxyTuneException(file + ": cannot be read (" + e.getMessage() + ")", e);
            }
        }
        return text(digest);
    }

    /** Return the digest of keys and values, to the last element of their arrays. */
    static String of(Metadata metadata) {
        MessageDigest digest = digest();
        metadata.values().forEach((key, value) -> {
            add(digest, key);
            switch (value) {
                case NumberArray numbers -> {
                    for (int i = 0; i < numbers.size(); i++) {
                        add(digest, Double.toString(numbers.doubleAt(i)));
                    }
                }
                case TextArray texts -> texts.forEach(text -> add(digest, text));
                case MetadataValue.Whole _, MetadataValue.Real _, MetadataValue.Flag _, MetadataValue.Text _ ->
                    add(digest, value.toString());
            }
        });
        return text(digest);
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String text(MessageDigest digest) {
        return "sha256:" + HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }
}
