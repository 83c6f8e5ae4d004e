package dev.proxytune.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Hold what a server answered.
 *
 * @param status the code of HTTP
 * @param uri what was asked, after redirects
 * @param headers its headers
 * @param body its body, to be closed
 */
record Answer(int status, URI uri, HttpHeaders headers, InputStream body) implements AutoCloseable {

    Optional<String> header(String name) {
        return headers.firstValue(name).filter(value -> !value.isBlank());
    }

    /** Return the size of the whole file, from the length of the body or the range that it is of. */
    OptionalLong size() {
        Optional<String> text = status == 206
                ? header("Content-Range").map(range -> range.substring(range.indexOf('/') + 1))
                : header("Content-Length");
        return number(text);
    }

    /** Return the first byte that the body is from. */
    OptionalLong start() {
        return status == 206
                ? number(header("Content-Range")
                        .map(range ->
                                range.replaceFirst("(?i)^\\s*bytes\\s+", "").replaceFirst("-.*", "")))
                : OptionalLong.of(0);
    }

    static OptionalLong number(Optional<String> text) {
        return text.map(String::strip)
                .filter(digits -> digits.matches("[0-9]{1,18}"))
                .map(digits -> OptionalLong.of(Long.parseLong(digits)))
                .orElse(OptionalLong.empty());
    }

    boolean isRedirect() {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> header("Location").isPresent();
            default -> false;
        };
    }

    /** Read the end of a body that should have none left, so that its connection can be used again. */
    void drain() {
        try {
            body.read();
        } catch (IOException e) {
            // The connection is not used again then.
        }
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            // Nothing more is wanted of it.
        }
    }
}
