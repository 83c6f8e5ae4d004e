package dev.proxytune.remote;

import dev.proxytune.Vocabulary;
import dev.proxytune.VocabularyMismatchException;
import java.util.Arrays;
import java.util.List;

/**
 * Compare a server's tokens with local ones, before the first token is drawn: ids that mean other texts would make
 * answers of noise.
 */
final class TokenizerCheck {
    /** Words, numbers, code, spaces and scripts, on which tokenizers differ. */
    private static final List<String> TEXTS = List.of(
            "The quick brown fox jumps over the lazy dog, doesn't it?",
            "In 1998, 31415926 people paid $2,718.28 (or 0x1F) each.",
            "def add(a, b):\n    return a + b\n\n\tif x != y: pass  # done",
            "Français, Größe, Ελληνικά, Русский, العربية, 日本語, 한국어 — 🙂",
            "  two  spaces   and\n\n\na few lines");

    private TokenizerCheck() {}

    /**
     * Compare.
     *
     * @param trusted whether a server that has no way to tell its tokens is taken at the user's word
     * @throws VocabularyMismatchException if they differ
     * @throws RemoteException if the server does not tell
     */
    static void check(String address, RowSource source, ServerFacts facts, Vocabulary vocabulary, boolean trusted) {
        facts.vocabularySize().ifPresent(size -> checkSize(address, size, vocabulary));
        for (String text : TEXTS) {
            int[] there;
            try {
                there = source.tokenize(text);
            } catch (StatusException e) {
                if (trusted && e.isMissing()) {
                    return;
                }
                throw untold(address, e);
            }
            int[] here = vocabulary.tokenize(text, false, false);
            int place = Arrays.mismatch(here, there);
            if (place >= 0) {
                throw new VocabularyMismatchException("The tokens of " + address + " are not those of the local"
                        + " vocabulary: \"" + excerpt(text) + "\" is " + around(there, place) + " there and "
                        + around(here, place) + " here, from token " + place
                        + " on; name a file of the served model's own by --remote-tokenizer");
            }
        }
    }

    /** The local one may be padded, or know more; what ordinary texts need must be in both. */
    private static void checkSize(String address, int size, Vocabulary vocabulary) {
        int ordinary = vocabulary.size();
        while (ordinary > 0 && (vocabulary.isPadding(ordinary - 1) || vocabulary.isControl(ordinary - 1))) {
            ordinary--;
        }
        if (size < ordinary) {
            throw new VocabularyMismatchException(address + " has " + size + " tokens, but the local vocabulary "
                    + vocabulary.size() + "; name a file of the served model's own by --remote-tokenizer");
        }
    }

    private static RemoteException untold(String address, StatusException e) {
        String advice = e.isMissing() ? "; name a file of the served model's own by --remote-tokenizer instead" : "";
        return new RemoteException(
                address + " does not tell its tokens, so that they cannot be compared with the local ones: "
                        + e.getMessage() + advice,
                e);
    }

    private static String excerpt(String text) {
        return text.substring(0, 20).replace("\n", "\\n") + "…";
    }

    private static String around(int[] ids, int place) {
        int[] some = Arrays.copyOfRange(ids, Math.min(place, ids.length), Math.min(place + 4, ids.length));
        return some.length == 0 ? "at its end" : Arrays.toString(some);
    }
}
