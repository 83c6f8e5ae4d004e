package dev.proxytune.remote;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Read what servers say when they refuse. */
final class Failures {
    private static final int MOST_READ = 1 << 16;
    private static final int LONGEST_LINE = 300;
    private static final Set<String> SAID = Set.of("message", "detail", "error");

    private Failures() {}

    static boolean isPassing(int status) {
        return switch (status) {
            case 408, 429, 500, 502, 503, 504, 529 -> true;
            default -> false;
        };
    }

    /** Read the header {@code Retry-After}: seconds, or a date. */
    static Optional<Duration> duration(String text) {
        String value = text.strip();
        if (value.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(Instant.now(), date);
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Return what the body of a refusal says: its {@code message}, {@code detail} or {@code error}, or its beginning. */
    static String message(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(MOST_READ);
        try (JsonParser json = Json.parser(new ByteArrayInputStream(bytes))) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.VALUE_STRING && SAID.contains(String.valueOf(json.currentName()))) {
                    return line(json.getString());
                }
            }
        } catch (JacksonException e) {
            // Not all refusals are JSON.
        }
        return line(new String(bytes, StandardCharsets.UTF_8));
    }

    /** Return a text in one line that is not too long. */
    static String line(String text) {
        String line = text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        return line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "…" : line;
    }
}
