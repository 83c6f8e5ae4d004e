package dev.proxytune.llama;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Make up JSON schemas. */
final class RandomSchemas {
    private static final List<String> NAMES = List.of("a", "ab", "b", "name", "x y", "é\"", "deep");
    private final RandomGenerator random;

    RandomSchemas(RandomGenerator random) {
        this.random = random;
    }

    Map<String, Object> schema() {
        Map<String, Object> definitions = new LinkedHashMap<>();
        definitions.put("leaf", schema(0));
        definitions.put("tree", tree());
        Map<String, Object> schema = new LinkedHashMap<>(schema(3));
        schema.put("$defs", definitions);
        return schema;
    }

    /** A definition that refers to itself. */
    private Map<String, Object> tree() {
        Map<String, Object> again = Map.of("$ref", "#/$defs/tree");
        return Map.of(
                "type",
                "object",
                "properties",
                ordered("value", Map.of("$ref", "#/$defs/leaf"), "children", Map.of("items", again)),
                "required",
                List.of("value"),
                "additionalProperties",
                false);
    }

    private static Map<String, Object> ordered(String one, Object first, String two, Object second) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(one, first);
        map.put(two, second);
        return map;
    }

    private Map<String, Object> schema(int depth) {
        return switch (random.nextInt(depth == 0 ? 7 : 13)) {
            case 0 -> Map.of("type", List.of("boolean", "null"));
            case 1 -> string();
            case 2 -> number("integer");
            case 3 -> number("number");
            case 4 -> Map.of("enum", List.of("red", "re\"d", 1, 2.5, true, Map.of("k", List.of("v", 1))));
            case 5 -> Map.of("const", random.nextBoolean() ? "só\n" : Map.of("a", List.of(1)));
            case 6 -> Map.of("type", List.of("string", "integer"), "maxLength", 3);
            case 7 -> array(depth);
            case 8 -> Map.of("$ref", random.nextBoolean() ? "#/$defs/leaf" : "#/$defs/tree");
            case 9 -> Map.of(random.nextBoolean() ? "anyOf" : "allOf", combined(depth));
            case 10 -> Map.of("anyOf", List.of(schema(depth - 1), schema(depth - 1), false));
            default -> object(depth);
        };
    }

    /** Schemas that go together. */
    private List<Object> combined(int depth) {
        Map<String, Object> two = new LinkedHashMap<>(object(depth));
        two.remove("additionalProperties");
        return List.of(
                Map.of("type", "object", "properties", Map.of("id", number("integer")), "required", List.of("id")),
                Map.of("properties", Map.of("id", Map.of("maximum", 1000))),
                two);
    }

    private Map<String, Object> string() {
        Map<String, Object> string = new LinkedHashMap<>(Map.of("type", "string"));
        switch (random.nextInt(4)) {
            case 0 -> {
                string.put("minLength", random.nextInt(4));
                string.put("maxLength", 4 + random.nextInt(4));
            }
            case 1 ->
                string.put(
                        "format", List.of("date", "time", "date-time", "uuid").get(random.nextInt(4)));
            case 2 -> string.put("pattern", pattern());
            default -> {}
        }
        return string;
    }

    private String pattern() {
        List<String> parts = List.of(
                "a",
                "[b-d]",
                "[^\"x]",
                "\\d",
                "\\w+",
                "(?:ab|\\.c)?",
                "(x|yz){1,2}",
                "[\\s\"\\\\]",
                "é",
                "\\$",
                ".",
                "\\D?",
                "[-+]");
        var pattern = new StringBuilder(random.nextBoolean() ? "^" : "");
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            pattern.append(parts.get(random.nextInt(parts.size())));
        }
        return pattern.append(random.nextBoolean() ? "$" : "").toString();
    }

    private Map<String, Object> number(String type) {
        Map<String, Object> number = new LinkedHashMap<>(Map.of("type", type));
        double low = (random.nextInt(4001) - 2000) / (random.nextBoolean() ? 1.0 : 100.0);
        double high = low + random.nextInt(300) / (random.nextBoolean() ? 1.0 : 8.0) + 1.25;
        if (random.nextInt(3) > 0) {
            number.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
        }
        if (random.nextInt(3) > 0) {
            number.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", high);
        }
        return number;
    }

    private Map<String, Object> array(int depth) {
        Map<String, Object> array = new LinkedHashMap<>(Map.of("type", "array"));
        if (random.nextInt(3) == 0) {
            array.put("prefixItems", List.of(schema(depth - 1), schema(depth - 1)));
        }
        if (random.nextInt(4) > 0) {
            array.put("items", random.nextInt(6) == 0 ? false : schema(depth - 1));
        }
        if (random.nextBoolean() && !Boolean.FALSE.equals(array.get("items"))) {
            array.put("minItems", random.nextInt(4));
        }
        if (random.nextBoolean()) {
            array.put("maxItems", 3 + random.nextInt(3));
        }
        return array;
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (String name : NAMES) {
            if (random.nextInt(3) == 0) {
                properties.put(name, schema(depth - 1));
                if (random.nextBoolean()) {
                    required.add(name);
                }
            }
        }
        Map<String, Object> object = new LinkedHashMap<>(Map.of("type", "object"));
        object.put("properties", properties);
        object.put("required", required);
        switch (random.nextInt(4)) {
            case 0 -> object.put("additionalProperties", false);
            case 1 -> object.put("additionalProperties", schema(0));
            case 2 -> object.put("additionalProperties", true);
            default -> {}
        }
        return object;
    }
}
