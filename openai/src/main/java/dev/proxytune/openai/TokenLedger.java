package dev.proxytune.openai;

import dev.proxytune.GeneratedToken;
import dev.proxytune.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds back tokens until their text is certain, so that what is told about tokens never runs ahead of the text, nor
 * tells of a stop string. Not thread-safe.
 */
final class TokenLedger {
    private final Vocabulary vocabulary;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long read;
    private long certain;

    TokenLedger(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    private record Held(GeneratedToken token, long start, long end) {}

    void add(GeneratedToken token) {
        long end = read + vocabulary.bytes(token.id()).length;
        held.add(new Held(token, read, end));
        read = end;
    }

    /** Return the tokens that have become certain with a piece of text. */
    List<GeneratedToken> release(String text) {
        count(text);
        List<GeneratedToken> tokens = new ArrayList<>();
        while (!held.isEmpty() && held.peek().end() <= certain) {
            tokens.add(held.remove().token());
        }
        return tokens;
    }

    /** Return the tokens that the rest of the text is made of; those of a stop string are not among them. */
    List<GeneratedToken> finish(String text) {
        count(text);
        List<GeneratedToken> tokens = new ArrayList<>();
        while (!held.isEmpty() && (held.peek().start() < certain || read <= certain)) {
            tokens.add(held.remove().token());
        }
        return tokens;
    }

    private void count(String text) {
        certain += text.getBytes(StandardCharsets.UTF_8).length;
    }
}
