package dev.proxytune.tune;

/**
 * Splits text into the words that byte pairs are merged within, as llama.cpp does for {@code tokenizer.ggml.pre =
 * smollm}.
 *
 * <p>First every digit, or other character of a number, is cut out. What is left between them is split by the pattern
 * of GPT-2: contractions, then letters or other signs with one space before them, then spaces, of which the last is
 * left to the word that follows. A text between two digits is split as if it stood alone, so that spaces before a
 * digit stay together.
 */
final class PreTokenizer {
    /** Takes a word. */
    @FunctionalInterface
    interface Words {
        /**
         * Take a word.
         *
         * @param start its first character in the text
         * @param end the character after its last
         */
        void take(int start, int end);
    }

    private enum Kind {
        LETTER,
        NUMBER,
        SPACE,
        OTHER
    }

    /**
     * First and last characters, in turns, of what Unicode 16 added. The JDK knows them; llama.cpp v0.5.0, whose tables
     * are of Unicode 15.1, takes them for signs.
     */
    private static final int[] TOO_NEW = {
        0x1c89, 0x1c8a, 0xa7cb, 0xa7cd, 0xa7da, 0xa7dc, 0x105c0, 0x105f3, 0x10d40, 0x10d85, 0x10ec2, 0x10ec4, 0x11380,
        0x113d3, 0x116d0, 0x116e3, 0x11bc0, 0x11bf9, 0x13460, 0x143fa, 0x16100, 0x16139, 0x16d40, 0x16d79, 0x18cff,
        0x18cff, 0x1ccf0, 0x1ccf9, 0x1e5d0, 0x1e5fa
    };

    private static final Kind[] ASCII = ascii();

    private final String text;
    private final Words words;

    private PreTokenizer(String text, Words words) {
        this.text = text;
        this.words = words;
    }

    private static Kind[] ascii() {
        var kinds = new Kind[128];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = lookUp(i);
        }
        return kinds;
    }

    private static Kind lookUp(int character) {
        if (isSpace(character)) {
            return Kind.SPACE;
        }
        Kind kind = switch (Character.getType(character)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> Kind.LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> Kind.NUMBER;
            default -> Kind.OTHER;
        };
        return kind != Kind.OTHER && isTooNew(character) ? Kind.OTHER : kind;
    }

    private static boolean isSpace(int character) {
        return (character >= '\t' && character <= '\r') || character == 0x85 || Character.isSpaceChar(character);
    }

    private static boolean isTooNew(int character) {
        for (int i = 0; i < TOO_NEW.length; i += 2) {
            if (character >= TOO_NEW[i] && character <= TOO_NEW[i + 1]) {
                return true;
            }
        }
        return false;
    }

    private static Kind kind(int character) {
        return character < ASCII.length ? ASCII[character] : lookUp(character);
    }

    /** Split a text. */
    static void split(String text, Words words) {
        new PreTokenizer(text, words).split();
    }

    private void split() {
        int start = 0;
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            int next = at + Character.charCount(character);
            if (kind(character) == Kind.NUMBER) {
                splitWithoutNumbers(start, at);
                words.take(at, next);
                start = next;
            }
            at = next;
        }
        splitWithoutNumbers(start, text.length());
    }

    private void splitWithoutNumbers(int start, int end) {
        for (int at = start; at < end; ) {
            int next = at + contraction(at, end);
            if (next == at) {
                next = wordEnd(at, end);
            }
            words.take(at, next);
            at = next;
        }
    }

    /** Return the length of a contraction such as {@code 're}, 0 if there is none. */
    private int contraction(int at, int end) {
        if (text.charAt(at) != '\'' || at + 1 >= end) {
            return 0;
        }
        char first = text.charAt(at + 1);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return 2;
        }
        if (at + 2 >= end) {
            return 0;
        }
        char second = text.charAt(at + 2);
        boolean found = (second == 'e' && (first == 'r' || first == 'v')) || (second == 'l' && first == 'l');
        return found ? 3 : 0;
    }

    private int wordEnd(int at, int end) {
        int first = text.charAt(at) == ' ' && at + 1 < end ? at + 1 : at;
        Kind kind = kind(text.codePointAt(first));
        if (kind != Kind.SPACE) {
            return runEnd(first, end, kind);
        }
        int run = runEnd(at, end, Kind.SPACE);
        // All spaces are single characters of a Java string.
        return run < end && run - at > 1 ? run - 1 : run;
    }

    private int runEnd(int start, int end, Kind kind) {
        int at = start;
        while (at < end) {
            int character = text.codePointAt(at);
            if (kind(character) != kind) {
                break;
            }
            at += Character.charCount(character);
        }
        return at;
    }
}
