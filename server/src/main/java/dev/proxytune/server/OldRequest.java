package dev.proxytune.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads requests of HTTP/1.0, which nginx, HAProxy's checks and ab send unless told otherwise, as those of HTTP/1.1,
 * the only ones that Helidon takes.
 */
final class OldRequest {
    private static final String VERSION = " HTTP/1.0";
    private static final String LINE_END = "\r\n";
    private static final String HEAD_END = "\r\n\r\n";

    /** What has no meaning in HTTP/1.0, or is decided here. */
    private static final Set<String> LEFT_OUT = Set.of("connection", "keep-alive", "expect", "transfer-encoding");

    private OldRequest() {}

    /** Return whether what a client has said so far may be such a request, and more of it must be known. */
    static boolean isUnfinished(byte[] said) {
        if (said.length > ModelServer.MOST_HEADER_BYTES) {
            return false;
        }
        String text = text(said);
        return text.indexOf('\n') < 0 || (isOld(text) && !text.contains(HEAD_END));
    }

    /** Return whether a client speaks HTTP/1.0. */
    static boolean isOld(byte[] said) {
        String text = text(said);
        return text.contains(HEAD_END) && isOld(text);
    }

    private static boolean isOld(String text) {
        int end = text.indexOf(LINE_END);
        return end >= 0 && text.startsWith(VERSION, end - VERSION.length());
    }

    /** Return a request of HTTP/1.0, with what follows its head, as one of HTTP/1.1 that ends its connection. */
    static byte[] modern(byte[] said) {
        String text = text(said);
        int end = text.indexOf(HEAD_END);
        List<String> lines = List.of(text.substring(0, end).split(LINE_END));
        String first = lines.getFirst();
        var head = new StringBuilder(first.substring(0, first.length() - VERSION.length()))
                .append(" HTTP/1.1\r\nConnection: close\r\n");
        boolean named = false;
        for (String line : lines.subList(1, lines.size())) {
            String name = line.substring(0, Math.max(0, line.indexOf(':'))).toLowerCase(Locale.ROOT);
            named |= name.equals("host");
            if (!LEFT_OUT.contains(name)) {
                head.append(line).append(LINE_END);
            }
        }
        if (!named) {
            head.append("Host: localhost\r\n");
        }
        return (head + text.substring(end + 2)).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] said) {
        return new String(said, StandardCharsets.ISO_8859_1);
    }
}
