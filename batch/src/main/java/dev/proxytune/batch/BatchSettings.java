package dev.proxytune.batch;

import dev.proxytune.openai.RequestDefaults;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Say how rows are answered that do not say it themselves.
 *
 * @param rows what holds for rows with a prompt or messages
 * @param bodies what holds for rows in OpenAI's form
 * @param seed where the seeds of all rows start
 */
public record BatchSettings(RequestDefaults rows, RequestDefaults bodies, long seed) {

    /**
     * Return the seed of a row. It depends on the row's name, or its content if it has none, and nothing else.
     *
     * @param name what tells the row from others
     */
    long seedFor(String name) {
        return ByteBuffer.wrap(digest(seed + "\n" + name)).getLong();
    }

    static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }
}
