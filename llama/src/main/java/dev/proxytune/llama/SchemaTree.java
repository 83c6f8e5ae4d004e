package dev.proxytune.llama;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Read a JSON schema: what of it counts, what its references mean, and what its combinations come to. */
final class SchemaTree {
    private static final int MOST_ALTERNATIVES = 500;
    private static final int DEEPEST = 100;

    private static final Set<String> KNOWN = Set.of(
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "$ref",
            "allOf",
            "anyOf",
            "oneOf");

    /** What would be broken if it were left out. */
    private static final Set<String> REFUSED = Set.of(
            "not",
            "if",
            "patternProperties",
            "propertyNames",
            "contains",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
            "unevaluatedItems",
            "multipleOf",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "$dynamicRef",
            "$recursiveRef");

    private static final Set<String> FORMATS = Set.of("date", "time", "date-time", "uuid");
    private static final Set<String> COMBINATIONS = Set.of("$ref", "allOf", "anyOf", "oneOf");

    private final Object root;

    SchemaTree(Object root) {
        this.root = root;
    }

    /** Return what counts of a schema, in one form where there are several; true as the empty one. */
    Map<String, @Nullable Object> relevant(@Nullable Object schema, String place) {
        Map<String, @Nullable Object> relevant = new LinkedHashMap<>();
        if (Boolean.TRUE.equals(schema)) {
            return relevant;
        }
        if (!(schema instanceof Map<?, ?> map)) {
            throw SchemaFaults.at(place, "an object, true or false is expected, not " + shortened(schema));
        }
        map.forEach((key, value) -> {
            String name = String.valueOf(key);
            if (REFUSED.contains(name) && !isTrivial(name, value)) {
                throw SchemaFaults.at(place, name + " cannot be kept by a grammar: leave it out");
            }
            if (KNOWN.contains(name)) {
                relevant.put(name, value);
            }
        });
        tidy(relevant, map, place);
        return relevant;
    }

    private static boolean isTrivial(String name, @Nullable Object value) {
        return switch (name) {
            case "uniqueItems" -> Boolean.FALSE.equals(value);
            case "unevaluatedItems" -> true; // Only what is told by prefixItems and items is ever written.
            case "multipleOf" ->
                value instanceof Number number && JsonText.number(number).compareTo(BigDecimal.ONE) == 0;
            case "minProperties" -> value instanceof Number number && number.doubleValue() <= 0;
            case "propertyNames" -> Boolean.TRUE.equals(value) || (value instanceof Map<?, ?> map && map.isEmpty());
            default ->
                value instanceof Map<?, ?> map && map.isEmpty() && !name.equals("not") && !name.equals("contains");
        };
    }

    private static void tidy(Map<String, @Nullable Object> schema, Map<?, ?> original, String place) {
        if (schema.containsKey("const")) {
            Object value = schema.remove("const");
            List<@Nullable Object> only = new ArrayList<>();
            only.add(value);
            if (schema.get("enum") instanceof List<?> values
                    && values.stream().noneMatch(other -> JsonText.of(other).equals(JsonText.of(value)))) {
                throw SchemaFaults.at(place, "const is not among the values of enum");
            }
            schema.put("enum", only);
        }
        if (schema.get("type") instanceof String type) {
            schema.put("type", List.of(type));
        }
        if (original.containsKey("multipleOf") && schema.containsKey("type")) {
            // A multiple of 1.
            schema.put(
                    "type",
                    list(schema.get("type")).stream()
                            .map(type -> type.equals("number") ? "integer" : type)
                            .toList());
        }
        if (schema.get("format") instanceof String format && !FORMATS.contains(format)) {
            schema.remove("format"); // As in validators, which take the others for remarks unless told.
        }
        if (Boolean.FALSE.equals(original.get("unevaluatedProperties"))
                && !schema.containsKey("additionalProperties")) {
            schema.put("additionalProperties", false);
        }
        if (schema.get("items") instanceof List<?> tuple) {
            schema.put("prefixItems", tuple);
            schema.remove("items");
            if (original.containsKey("additionalItems")) {
                schema.put("items", original.get("additionalItems"));
            }
        }
        openBound(schema, "minimum", "exclusiveMinimum");
        openBound(schema, "maximum", "exclusiveMaximum");
    }

    /** Bring the old way, in which a bound is made exclusive by true, to the new one. */
    private static void openBound(Map<String, @Nullable Object> schema, String bound, String exclusive) {
        if (schema.get(exclusive) instanceof Boolean open) {
            schema.remove(exclusive);
            if (open && schema.containsKey(bound)) {
                schema.put(exclusive, schema.remove(bound));
            }
        }
    }

    static boolean isCombined(Map<String, ?> schema) {
        return schema.keySet().stream().anyMatch(COMBINATIONS::contains);
    }

    /** Return the schema that a reference means. */
    @Nullable
    Object target(Object reference, String place) {
        String text = String.valueOf(reference);
        if (!text.startsWith("#")) {
            throw SchemaFaults.at(
                    place,
                    "$ref can only refer to a place in the same schema, such as #/$defs/item, not "
                            + JsonText.of(text));
        }
        Object at = root;
        String pointer = URLDecoder.decode(text.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        for (String part :
                pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/", -1)) {
            String key = part.replace("~1", "/").replace("~0", "~");
            if (at instanceof Map<?, ?> map && map.containsKey(key)) {
                at = map.get(key);
            } else if (at instanceof List<?> list && key.matches("[0-9]{1,6}") && Integer.parseInt(key) < list.size()) {
                at = list.get(Integer.parseInt(key));
            } else {
                throw SchemaFaults.at(place, "there is nothing at " + text);
            }
        }
        return at;
    }

    /** Return the schemas without references and combinations of which a value must keep one. */
    List<Map<String, @Nullable Object>> alternatives(@Nullable Object schema, String place, int depth) {
        if (Boolean.FALSE.equals(schema)) {
            return List.of();
        }
        if (depth > DEEPEST) {
            throw SchemaFaults.at(
                    place, "references and combinations lead to each other without end, or " + DEEPEST + " deep");
        }
        Map<String, @Nullable Object> plain = relevant(schema, place);
        Object reference = plain.remove("$ref");
        Object all = plain.remove("allOf");
        Object any = plain.remove("anyOf");
        Object one = plain.remove("oneOf");
        List<Map<String, @Nullable Object>> alternatives = List.of(plain);
        if (reference != null) {
            alternatives = cross(alternatives, alternatives(target(reference, place), place, depth + 1), place);
        }
        for (Object part : list(all)) {
            alternatives = cross(alternatives, alternatives(part, place, depth + 1), place);
        }
        for (Object choice : new Object[] {any == null ? List.of() : any, one == null ? List.of() : one}) {
            List<Map<String, @Nullable Object>> choices = new ArrayList<>();
            for (Object part : list(choice)) {
                choices.addAll(alternatives(part, place, depth + 1));
            }
            alternatives = list(choice).isEmpty() ? alternatives : cross(alternatives, choices, place);
        }
        return alternatives;
    }

    private static List<Map<String, @Nullable Object>> cross(
            List<Map<String, @Nullable Object>> some, List<Map<String, @Nullable Object>> others, String place) {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (var one : some) {
            for (var other : others) {
                Optional<Map<String, @Nullable Object>> merged = SchemaMerge.of(one, other, place);
                merged.ifPresent(all::add);
            }
        }
        if (all.size() > MOST_ALTERNATIVES) {
            throw SchemaFaults.at(place, "the combinations have more than " + MOST_ALTERNATIVES + " alternatives");
        }
        return all;
    }

    static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static String shortened(@Nullable Object value) {
        String text = JsonText.of(value);
        return text.length() > 40 ? text.substring(0, 40) + " …" : text;
    }
}
