package dev.proxytune.tune;

import java.util.Random;

/** Makes up texts from a seed. */
final class SampleTexts {
    private static final String[] WORDS = {
        "the", "apple", "apples", "Anna", "has", "don't", "we're", "IT'S", "12", "305", "Ärger", "naïve", "東京", "语言",
                "😀",
        "e\u0301", "…", "--", "?!", "½", "٣", "x's", "''s", "\u00a0", "\u3000", "\t", "\u0085", "Здравствуй", "a",
                "aaaaaaa"
    };
    private static final String[] SPACES = {" ", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", " \n", "\t", ""};

    private SampleTexts() {}

    /** Return words, numbers and signs of several scripts, with all kinds of spaces between. */
    static String mixed(Random random, int words) {
        var text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(SPACES[random.nextInt(SPACES.length)]).append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.append(SPACES[random.nextInt(SPACES.length)]).toString();
    }

    /** Return a text of few different letters, in which pairs are often equally frequent. */
    static String narrow(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("aaab c'7".charAt(random.nextInt(8)));
        }
        return text.toString();
    }

    /** Return characters from anywhere in Unicode. */
    static String wild(Random random, int length) {
        var text = new StringBuilder();
        while (text.length() < length) {
            int character = random.nextInt(random.nextBoolean() ? 0x3000 : Character.MAX_CODE_POINT + 1);
            if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
                text.appendCodePoint(character);
            }
        }
        return text.toString();
    }
}
