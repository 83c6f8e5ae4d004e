package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;

/** Words refusals: one line with the file, what was found and where, what was expected and what to do. */
final class Refusal {
    static final String DAMAGED = "download or copy the file again";
    static final String BAD_CONVERSION = "convert the model to GGUF again or take another file";

    private static final int LONGEST_QUOTE = 80;

    private Refusal() {}

    /** Refuse bytes that look cut or overwritten. */
    static InvalidModelException damaged(String source, String found, String expected) {
        return new InvalidModelException(line(source, found, expected, DAMAGED));
    }

    /** Refuse contents that a converter should not have written. */
    static InvalidModelException badConversion(String source, String found, String expected) {
        return new InvalidModelException(line(source, found, expected, BAD_CONVERSION));
    }

    /** Refuse with special advice. */
    static InvalidModelException of(String source, String found, String expected, String advice) {
        return new InvalidModelException(line(source, found, expected, advice));
    }

    /** Return the text in quotes, cut to a readable length and free of control characters. */
    static String quote(String text) {
        var quoted = new StringBuilder("'");
        text.codePoints().limit(LONGEST_QUOTE).forEach(c -> {
            if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append(text.codePointCount(0, text.length()) > LONGEST_QUOTE ? "…'" : "'")
                .toString();
    }

    private static String line(String source, String found, String expected, String advice) {
        return source + ": " + found + "; expected " + expected + "; " + advice;
    }
}
