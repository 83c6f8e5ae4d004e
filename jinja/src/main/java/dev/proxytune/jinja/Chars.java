package dev.proxytune.jinja;

import java.text.Normalizer;

/** Tell what kind of character one is, as Python's strings and expressions do. */
final class Chars {
    private Chars() {}

    /** Tell whether {@code str.isspace}, {@code strip} and {@code \s} take a code point for white space. */
    static boolean isSpace(int c) {
        return c == ' '
                || (c >= '\t' && c <= '\r')
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || c == 0xa0
                || (c > 0xff && Character.isSpaceChar(c));
    }

    /** Tell whether {@code str.splitlines} ends a line there. */
    static boolean isLineEnd(int c) {
        return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    static boolean isNamePart(int c) {
        return c == '_' || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
    }

    static boolean isNameStart(int c) {
        return c == '_' || Character.isUnicodeIdentifierStart(c);
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /** Tell whether {@code \w} takes a code point for part of a word. */
    static boolean isWord(int c) {
        return c == '_' || Character.isLetterOrDigit(c) || Character.getType(c) == Character.OTHER_NUMBER;
    }

    /** Digits of Python are also raised, lowered and circled ones. */
    static boolean isAnyDigit(int c) {
        if (Character.isDigit(c) || Character.getType(c) != Character.OTHER_NUMBER) {
            return Character.isDigit(c);
        }
        String plain = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKD);
        return plain.length() == 1 && Character.isDigit(plain.charAt(0));
    }

    /** Numbers of Python are also fractions and Roman ones; ideographs that mean numbers are left out. */
    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }
}
