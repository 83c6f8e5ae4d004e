package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.nio.file.Path;

/** Words refusals: one line with the file, what was found in it, and what to do. */
final class Fault {
    static final String DAMAGED = "download the file again";
    private static final int LONGEST_QUOTE = 80;

    private Fault() {}

    static InvalidModelException of(Object where, String found, String advice) {
        return new InvalidModelException(where + ": " + found + "; " + advice);
    }

    static InvalidModelException of(Object where, String found, String advice, Throwable cause) {
        return new InvalidModelException(where + ": " + found + "; " + advice, cause);
    }

    static InvalidModelException unreadable(Path file, Exception cause) {
        return of(file, "cannot be read (" + cause.getMessage() + ")", "check that it is there and may be read", cause);
    }

    /** Return the text in quotes, cut to a readable length and free of control characters. */
    static String quote(String text) {
        var quoted = new StringBuilder("'");
        text.codePoints()
                .limit(LONGEST_QUOTE)
                .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '?' : c)
                .forEach(quoted::appendCodePoint);
        return quoted.append(text.codePointCount(0, text.length()) > LONGEST_QUOTE ? "…'" : "'")
                .toString();
    }
}
