package dev.proxytune.jinja;

/** Read the escapes of string literals as Python does. */
final class Literals {
    private Literals() {}

    static String unescape(String raw) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        var text = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i++);
            if (c != '\\') {
                text.append(c);
            } else {
                i = escape(raw, i, text);
            }
        }
        return text.toString();
    }

    /** Append what an escape stands for, whose letter is at a place, and return the place after it. */
    private static int escape(String raw, int at, StringBuilder text) {
        if (at == raw.length()) {
            throw new Fault("a string ends with a single backslash");
        }
        char letter = raw.charAt(at);
        int simple = "abfnrtv\\'\"".indexOf(letter);
        if (simple >= 0) {
            text.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(simple));
            return at + 1;
        }
        return switch (letter) {
            case '\n' -> at + 1;
            case 'x' -> code(raw, at, 2, text);
            case 'u' -> code(raw, at, 4, text);
            case 'U' -> code(raw, at, 8, text);
            case 'N' -> named(raw, at, text);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(raw, at, text);
            default -> {
                text.append('\\').append(letter);
                yield at + 1;
            }
        };
    }

    private static int code(String raw, int at, int digits, StringBuilder text) {
        int end = at + 1 + digits;
        long code = 0;
        for (int i = at + 1; i < end; i++) {
            int digit = i < raw.length() ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0 || raw.charAt(i) > 'f') {
                throw new Fault("truncated \\" + raw.charAt(at) + " escape in a string");
            }
            code = code * 16 + digit;
        }
        if (code > Character.MAX_CODE_POINT) {
            throw new Fault("illegal Unicode character in a string");
        }
        text.appendCodePoint((int) code);
        return end;
    }

    private static int named(String raw, int at, StringBuilder text) {
        int end = raw.indexOf('}', at);
        if (!raw.startsWith("{", at + 1) || end < 0) {
            throw new Fault("malformed \\N character escape in a string");
        }
        try {
            text.appendCodePoint(Character.codePointOf(raw.substring(at + 2, end)));
        } catch (IllegalArgumentException _) {
            throw new Fault("unknown Unicode character name in a string");
        }
        return end + 1;
    }

    private static int octal(String raw, int at, StringBuilder text) {
        int code = 0;
        int i = at;
        while (i < at + 3 && i < raw.length() && raw.charAt(i) >= '0' && raw.charAt(i) <= '7') {
            code = code * 8 + raw.charAt(i++) - '0';
        }
        text.append((char) code);
        return i;
    }
}
