package dev.proxytune.llama;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Write parsed JSON, so that this module needs no library for it: maps, lists, texts, numbers, booleans and null. */
final class JsonText {
    private JsonText() {}

    /** Return the shortest text of a value. */
    static String of(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String text -> quote(text);
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> quote(String.valueOf(entry.getKey())) + ":" + of(entry.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case List<?> list -> list.stream().map(JsonText::of).collect(Collectors.joining(",", "[", "]"));
            case Number number -> number(number).toString();
            default -> value.toString();
        };
    }

    static BigDecimal number(Number number) {
        return switch (number) {
            case BigDecimal decimal -> decimal;
            case BigInteger integer -> new BigDecimal(integer);
            default -> new BigDecimal(number.toString());
        };
    }

    private static String quote(String text) {
        return text.codePoints().mapToObj(JsonText::escaped).collect(Collectors.joining("", "\"", "\""));
    }

    /** Return a character as it stands within a string. */
    static String escaped(int point) {
        return switch (point) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> point < 0x20 || point == 0x7F ? "\\u%04x".formatted(point) : Character.toString(point);
        };
    }
}
