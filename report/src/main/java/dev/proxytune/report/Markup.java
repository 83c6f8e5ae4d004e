package dev.proxytune.report;

import java.util.Locale;

/** Write texts into XML and HTML. */
final class Markup {
    private static final String REPLACEMENT = "\uFFFD";

    private Markup() {}

    /** Return a text as it stands between tags and in quoted attributes; what XML cannot hold becomes U+FFFD. */
    static String escape(String text) {
        var out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> {
                    if (isXml(point)) {
                        out.appendCodePoint(point);
                    } else {
                        out.append(REPLACEMENT);
                    }
                }
            }
        });
        return out.toString();
    }

    private static boolean isXml(int point) {
        boolean control = (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7f && point < 0xa0);
        boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
        return !control && !surrogate && (point & 0xfffe) != 0xfffe;
    }

    /** Return a token's text with everything in it to be seen: spaces, line ends, marks that turn the direction of writing. */
    static String visible(String token) {
        if (token.isEmpty()) {
            return "(nothing)";
        }
        var out = new StringBuilder();
        token.codePoints().forEach(point -> {
            switch (point) {
                case ' ' -> out.append('␣');
                case '\n' -> out.append('⏎');
                case '\t' -> out.append('⇥');
                default -> {
                    int type = Character.getType(point);
                    boolean hidden = !isXml(point)
                            || type == Character.FORMAT
                            || type == Character.UNASSIGNED
                            || type == Character.PRIVATE_USE
                            || Character.isSpaceChar(point)
                            || point == '\r';
                    if (hidden) {
                        out.append(String.format(Locale.ROOT, "<U+%04X>", point));
                    } else {
                        out.appendCodePoint(point);
                    }
                }
            }
        });
        return out.toString();
    }
}
