package dev.proxytune.cli;

import dev.proxytune.Vocabulary;
import java.nio.charset.StandardCharsets;

/** Show tokens to people. */
final class TokenTexts {
    private TokenTexts() {}

    /** Return the text that a token adds to an answer, or its name if it adds none and only steers. */
    static String of(Vocabulary vocabulary, int id) {
        byte[] bytes = vocabulary.bytes(id);
        return bytes.length == 0 ? vocabulary.text(id) : new String(bytes, StandardCharsets.UTF_8);
    }
}
