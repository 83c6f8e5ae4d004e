package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
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
                byte[] buffer = new byte[1 << 16];
                while (in.read(buffer) >= 0) {}
            } catch (IOException e) {
                throw new ProxyTuneException(file + ": cannot be read (" + e.getMessage() + ")", e);
            }
        }
        return text(digest);
    }

    /** Return the digest of a text. */
    static String of(String text) {
        MessageDigest digest = digest();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return text(digest);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String text(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }
}
