package dev.proxytune.llama;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Judge the values that a schema lists by what else it says. */
final class SchemaValues {
    private SchemaValues() {}

    static boolean isOfType(@Nullable Object value, String type) {
        return switch (type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "number" -> value instanceof Number;
            case "integer" ->
                value instanceof Number number
                        && JsonText.number(number).stripTrailingZeros().scale() <= 0;
            case "boolean" -> value instanceof Boolean;
            default -> value == null;
        };
    }

    /** Return whether a value keeps the bounds. */
    static boolean fits(@Nullable Object value, Map<String, @Nullable Object> schema) {
        return switch (value) {
            case Number number ->
                compare(number, schema, "minimum") >= 0
                        && compare(number, schema, "maximum") <= 0
                        && (!schema.containsKey("exclusiveMinimum") || compare(number, schema, "exclusiveMinimum") > 0)
                        && (!schema.containsKey("exclusiveMaximum") || compare(number, schema, "exclusiveMaximum") < 0);
            case String text -> isWithin(text.codePointCount(0, text.length()), schema, "minLength", "maxLength");
            case List<?> list -> isWithin(list.size(), schema, "minItems", "maxItems");
            case null, default -> true;
        };
    }

    private static int compare(Number value, Map<String, @Nullable Object> schema, String keyword) {
        BigDecimal number = JsonText.number(value);
        return schema.get(keyword) instanceof Number bound ? number.compareTo(JsonText.number(bound)) : 0;
    }

    private static boolean isWithin(int size, Map<String, @Nullable Object> schema, String least, String most) {
        return (!(schema.get(least) instanceof Number min) || size >= min.doubleValue())
                && (!(schema.get(most) instanceof Number max) || size <= max.doubleValue());
    }
}
