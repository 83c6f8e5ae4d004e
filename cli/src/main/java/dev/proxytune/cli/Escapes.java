package dev.proxytune.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Replace escapes in texts from the command line, as llama.cpp's {@code -e} does: {@code \n \r \t \' \" \\} and
 * {@code \xHH}, which stands for one byte of UTF-8. Other backslashes stay.
 */
final class Escapes {
    private Escapes() {}

    /**
     * Return the text that an escaped one stands for.
     *
     * @param name what to call the text in the message
     * @throws MalformedTextException if bytes given by {@code \xHH} are not UTF-8
     */
    static String process(String text, String name) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        var out = new ByteArrayOutputStream(in.length);
        int i = 0;
        while (i < in.length) {
            if (in[i] != '\\' || i + 1 == in.length) {
                out.write(in[i++]);
            } else {
                i += escape(in, i, out);
            }
        }
        return StrictUtf8.decode(out.toByteArray(), name);
    }

    /** Write what the escape at a place stands for, and return how many bytes it has. */
    private static int escape(byte[] in, int at, ByteArrayOutputStream out) {
        byte letter = in[at + 1];
        switch (letter) {
            case 'n' -> out.write('\n');
            case 'r' -> out.write('\r');
            case 't' -> out.write('\t');
            case '\'', '"', '\\' -> out.write(letter);
            case 'x' -> {
                int high = at + 2 < in.length ? Character.digit(in[at + 2], 16) : -1;
                int low = at + 3 < in.length ? Character.digit(in[at + 3], 16) : -1;
                if (high >= 0 && low >= 0) {
                    out.write(high * 16 + low);
                    return 4;
                }
                out.write('\\');
                out.write(letter);
            }
            default -> {
                out.write('\\');
                out.write(letter);
            }
        }
        return 2;
    }

    /** Return the text on one line and without tabs, in a form that {@link #process} takes back. */
    static String escape(String text) {
        var escaped = new StringBuilder(text.length() + 2);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\\' -> escaped.append("\\\\");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        escaped.append(String.format("\\x%02x", (int) c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        return escaped.toString();
    }
}
