package dev.proxytune.llama;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Make one JSON schema of two that a value must both keep. Both are free of references and combinations. */
final class SchemaMerge {
    private static final Set<String> LEAST = Set.of("minimum", "exclusiveMinimum", "minItems", "minLength");
    private static final Set<String> MOST = Set.of("maximum", "exclusiveMaximum", "maxItems", "maxLength");

    private SchemaMerge() {}

    /** Return the schema, or nothing if no value keeps both. */
    static Optional<Map<String, @Nullable Object>> of(Map<String, ?> one, Map<String, ?> two, String place) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(one);
        for (Map.Entry<String, ?> entry : two.entrySet()) {
            String key = entry.getKey();
            Object value = entry.getValue();
            if (!one.containsKey(key) || (one.get(key) != null && one.get(key).equals(value))) {
                merged.put(key, value);
            } else if (!key.equals("properties") && !key.equals("additionalProperties")) {
                Object both = both(key, one.get(key), value, place);
                if (both instanceof List<?> list && list.isEmpty()) {
                    return Optional.empty();
                }
                merged.put(key, both);
            }
        }
        mergeObjects(merged, one, two);
        return Optional.of(merged);
    }

    private static Object both(String key, @Nullable Object one, @Nullable Object two, String place) {
        if (LEAST.contains(key) && one instanceof Number && two instanceof Number) {
            return number(one).max(number(two));
        }
        if (MOST.contains(key) && one instanceof Number && two instanceof Number) {
            return number(one).min(number(two));
        }
        return switch (key) {
            case "type" -> types(list(one), list(two));
            case "enum" -> {
                Set<String> others = list(two).stream().map(JsonText::of).collect(Collectors.toSet());
                yield list(one).stream()
                        .filter(value -> others.contains(JsonText.of(value)))
                        .toList();
            }
            case "required" -> {
                Set<Object> names = new LinkedHashSet<>(list(one));
                names.addAll(list(two));
                yield List.copyOf(names);
            }
            case "items" -> allOf(one, two);
            default -> throw SchemaFaults.at(place, "two different values of " + key + " cannot be combined");
        };
    }

    private static List<Object> types(List<?> one, List<?> two) {
        List<Object> types = new ArrayList<>();
        for (Object type : List.of("object", "array", "string", "number", "integer", "boolean", "null")) {
            boolean first = one.contains(type) || (type.equals("integer") && one.contains("number"));
            boolean second = two.contains(type) || (type.equals("integer") && two.contains("number"));
            if (first && second && !(type.equals("integer") && types.contains("number"))) {
                types.add(type);
            }
        }
        return types;
    }

    /** Give each property what both say of it, be it by name or as one of the others. */
    private static void mergeObjects(Map<String, @Nullable Object> merged, Map<String, ?> one, Map<String, ?> two) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        Map<?, ?> first = map(one.get("properties"));
        Map<?, ?> second = map(two.get("properties"));
        first.forEach((name, schema) -> properties.put(
                String.valueOf(name), allOf(schema, second.containsKey(name) ? second.get(name) : others(two))));
        second.forEach((name, schema) -> {
            if (!first.containsKey(name)) {
                properties.put(String.valueOf(name), allOf(others(one), schema));
            }
        });
        if (!properties.isEmpty()) {
            merged.put("properties", properties);
        }
        if (one.containsKey("additionalProperties") && two.containsKey("additionalProperties")) {
            merged.put("additionalProperties", allOf(others(one), others(two)));
        }
    }

    private static Object others(Map<String, ?> schema) {
        Object others = schema.get("additionalProperties");
        return others == null ? true : others;
    }

    private static Object allOf(@Nullable Object one, @Nullable Object two) {
        if (Boolean.FALSE.equals(one) || Boolean.FALSE.equals(two)) {
            return false;
        }
        if (one == null || Boolean.TRUE.equals(one) || one.equals(two)) {
            return two == null ? true : two;
        }
        return two == null || Boolean.TRUE.equals(two) ? one : Map.of("allOf", List.of(one, two));
    }

    private static BigDecimal number(Object value) {
        return JsonText.number((Number) value);
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
