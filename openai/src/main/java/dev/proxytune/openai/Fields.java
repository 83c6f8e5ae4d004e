package dev.proxytune.openai;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the fields of an object that a client sent, and names the one that is wrong. A field that is null is not there;
 * fields that nobody asks for are not looked at.
 *
 * @param object the object
 * @param path what its fields' names follow, empty for the body itself
 */
public record Fields(ObjectNode object, String path) {

    public static Fields of(ObjectNode object) {
        return new Fields(object, "");
    }

    public String name(String field) {
        return path + field;
    }

    public Optional<JsonNode> find(String field) {
        @Nullable JsonNode node = object.get(field);
        return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    public boolean has(String field) {
        return find(field).isPresent();
    }

    public ApiException wrong(String field, String expected, JsonNode found) {
        return ApiError.wrong(name(field), name(field) + " must be " + expected + ", got " + describe(found));
    }

    /** Say what a value is, briefly. */
    public static String describe(JsonNode node) {
        String text = node.isString() ? "the text " + node : node.isContainer() ? kind(node) : node.toString();
        return text.length() > 60 ? text.substring(0, 57) + "..." : text;
    }

    private static String kind(JsonNode node) {
        return "an " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    public Optional<String> text(String field) {
        return find(field).map(node -> {
            if (!node.isString()) {
                throw wrong(field, "a text", node);
            }
            return node.asString();
        });
    }

    public boolean flag(String field) {
        return find(field)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw wrong(field, "true or false", node);
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    public Optional<Fields> object(String field) {
        return find(field).map(node -> {
            if (node instanceof ObjectNode found) {
                return new Fields(found, name(field) + ".");
            }
            throw wrong(field, "an object", node);
        });
    }

    public OptionalInt integer(String field, int least, int most) {
        Optional<JsonNode> node = find(field);
        return node.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) whole(field, node.get(), least, most));
    }

    /** Return a whole number; {@code 3.0} is one. */
    public long whole(String field, JsonNode node, long least, long most) {
        double value = node.isNumber() ? node.decimalValue().doubleValue() : Double.NaN;
        if (value != Math.rint(value) || value < least || value > most) {
            throw wrong(
                    field,
                    most >= Integer.MAX_VALUE
                            ? "a whole number from " + least + " up"
                            : "a whole number from " + least + " to " + most,
                    node);
        }
        return node.decimalValue().longValue();
    }

    /** Return a number that a range describes. */
    public float number(String field, float otherwise, float least, float most) {
        return find(field).map(node -> finite(field, node, least, most)).orElse(otherwise);
    }

    public float finite(String field, JsonNode node, float least, float most) {
        float value = node.isNumber() ? node.decimalValue().floatValue() : Float.NaN;
        if (!Float.isFinite(value) || value < least || value > most) {
            throw wrong(
                    field,
                    least == -Float.MAX_VALUE
                            ? "a number"
                            : most == Float.MAX_VALUE
                                    ? "a number from " + plain(least) + " up"
                                    : "a number from " + plain(least) + " to " + plain(most),
                    node);
        }
        return value;
    }

    private static String plain(float value) {
        return value == (int) value ? Integer.toString((int) value) : Float.toString(value);
    }
}
