package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turn JSON schemas into grammars, so that answers are JSON that the schema accepts.
 *
 * <p>Schemas are parsed JSON: maps that keep their order, lists, texts, numbers, booleans and null. Properties come in
 * the order of the schema, those that are not required may be missing, and others are there only if {@code
 * additionalProperties} says so. {@code oneOf} is taken for {@code anyOf}. Keywords that a grammar cannot keep are
 * refused, remarks such as {@code title} are not looked at.
 */
public final class JsonSchemaGrammar {
    private static final int DEEPEST = 200;
    private static final int MOST_DIGITS = 40;
    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "number", "integer", "boolean", "null");
    private static final Map<String, List<String>> TYPE_OF = Map.of(
            "object", List.of("properties", "required", "additionalProperties"),
            "array", List.of("items", "prefixItems", "minItems", "maxItems"),
            "string", List.of("minLength", "maxLength", "pattern", "format"),
            "number", List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"));

    private final SchemaTree tree;
    private final GbnfWriter writer = new GbnfWriter();
    private final Map<Map<String, @Nullable Object>, String> names = new HashMap<>();
    private int depth;

    private JsonSchemaGrammar(Object schema) {
        this.tree = new SchemaTree(schema);
    }

    /**
     * Return a grammar in GBNF, as {@link dev.proxytune.LanguageModel#constraint} takes it.
     *
     * @param schema the parsed schema: a map, or a boolean
     * @throws ConstraintException if the schema is wrong, no value can keep it, or it asks for what a grammar cannot keep
     */
    public static String of(Object schema) {
        var grammar = new JsonSchemaGrammar(schema);
        String root = grammar.rule(schema, "#", "answer")
                .orElseThrow(() -> SchemaFaults.at("#", "no value can keep it: its parts contradict each other"));
        return grammar.writer.grammar(root);
    }

    /** Return the grammar of any JSON object. */
    public static String anyObject() {
        var writer = new GbnfWriter();
        return writer.grammar(writer.json("object"));
    }

    /** Return the name of the rule for a schema, or nothing if no value can keep it. */
    Optional<String> rule(@Nullable Object schema, String place, String hint) {
        if (Boolean.FALSE.equals(schema)) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> relevant = tree.relevant(schema, place);
        if (relevant.isEmpty()) {
            return Optional.of(writer.json("value"));
        }
        String known = names.get(relevant);
        if (known != null) {
            return Optional.of(known);
        }
        if (++depth > DEEPEST) {
            throw SchemaFaults.at(place, "it is nested more than " + DEEPEST + " deep");
        }
        String name = writer.reserve(hint);
        names.put(relevant, name);
        Optional<String> body = body(relevant, place, hint);
        depth--;
        if (body.isEmpty()) {
            // Whoever refers to it from within cannot be kept either.
            names.remove(relevant);
            writer.forget(name);
            return Optional.empty();
        }
        writer.define(name, body.get());
        return Optional.of(name);
    }

    private Optional<String> body(Map<String, @Nullable Object> schema, String place, String hint) {
        if (schema.keySet().equals(Set.of("$ref"))) {
            String reference = String.valueOf(schema.get("$ref"));
            return rule(tree.target(reference, place), reference, reference.substring(reference.lastIndexOf('/') + 1));
        }
        if (schema.keySet().equals(Set.of("anyOf")) || schema.keySet().equals(Set.of("oneOf"))) {
            String keyword = schema.keySet().iterator().next();
            return union(SchemaTree.list(schema.get(keyword)), place + "/" + keyword, hint);
        }
        return SchemaTree.isCombined(schema)
                ? union(tree.alternatives(schema, place, 0), place, hint)
                : plain(schema, place, hint);
    }

    private Optional<String> union(List<?> schemas, String place, String hint) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            rule(schemas.get(i), place + "/" + i, hint)
                    .filter(part -> !parts.contains(part))
                    .ifPresent(parts::add);
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(" | ", parts));
    }

    /** Return the body for a schema without references and combinations. */
    private Optional<String> plain(Map<String, @Nullable Object> schema, String place, String hint) {
        List<String> types = types(schema, place);
        List<String> parts = new ArrayList<>();
        if (schema.get("enum") != null) {
            for (Object value : SchemaTree.list(schema.get("enum"))) {
                if (types.isEmpty() || types.stream().anyMatch(type -> SchemaValues.isOfType(value, type))) {
                    if (SchemaValues.fits(value, schema)) {
                        parts.add(GbnfWriter.literal(JsonText.of(value)));
                    }
                }
            }
            return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(" | ", parts));
        }
        for (String type : types.isEmpty() ? inferred(schema) : types) {
            ofType(type, schema, place, hint).ifPresent(parts::add);
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(" | ", parts));
    }

    private static List<String> types(Map<String, @Nullable Object> schema, String place) {
        List<String> types = new ArrayList<>();
        if (schema.containsKey("type") && SchemaTree.list(schema.get("type")).isEmpty()) {
            throw SchemaFaults.at(place, "type must be a name or a list of names");
        }
        for (Object type : SchemaTree.list(schema.get("type"))) {
            if (!(type instanceof String name) || !TYPES.contains(name)) {
                throw SchemaFaults.at(
                        place,
                        "there is no type " + JsonText.of(type) + "; there are object, array,"
                                + " string, number, integer, boolean and null");
            }
            types.add(name);
        }
        return types;
    }

    /** Return the types that the keywords are about; others would be valid too, but nobody means them. */
    private static List<String> inferred(Map<String, @Nullable Object> schema) {
        return TYPE_OF.entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(schema::containsKey))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private Optional<String> ofType(String type, Map<String, @Nullable Object> schema, String place, String hint) {
        return switch (type) {
            case "object" -> SchemaObjects.object(this, writer, schema, place, hint);
            case "array" -> SchemaObjects.array(this, writer, schema, place, hint);
            case "string" -> string(schema, place);
            case "number", "integer" -> number(type, schema, place);
            default -> Optional.of(writer.json(type));
        };
    }

    private Optional<String> string(Map<String, @Nullable Object> schema, String place) {
        boolean bounded = schema.containsKey("minLength") || schema.containsKey("maxLength");
        Object pattern = schema.get("pattern");
        Object format = schema.get("format");
        if ((bounded ? 1 : 0) + (pattern == null ? 0 : 1) + (format == null ? 0 : 1) > 1) {
            throw SchemaFaults.at(
                    place,
                    "of pattern, format and bounds of the length only one can be kept: put all into the pattern");
        }
        if (pattern != null) {
            String inside = PatternGrammar.of(String.valueOf(pattern), place, writer);
            return Optional.of("\"\\\"\" " + inside + " \"\\\"\"");
        }
        if (format != null) {
            String inside = format.equals("date-time")
                    ? writer.json("date") + " \"T\" " + writer.json("time")
                    : writer.json(String.valueOf(format));
            return Optional.of("\"\\\"\" (" + inside + ") \"\\\"\"");
        }
        if (!bounded) {
            return Optional.of(writer.json("string"));
        }
        int min = count(schema, "minLength", 0, place);
        int max = count(schema, "maxLength", -1, place);
        return max >= 0 && min > max
                ? Optional.empty()
                : Optional.of("\"\\\"\" " + writer.repeated(writer.json("char"), min, max) + " \"\\\"\"");
    }

    private Optional<String> number(String type, Map<String, @Nullable Object> schema, String place) {
        Optional<BigDecimal> low = bound(schema, "minimum", place);
        Optional<BigDecimal> openLow = bound(schema, "exclusiveMinimum", place);
        Optional<BigDecimal> high = bound(schema, "maximum", place);
        Optional<BigDecimal> openHigh = bound(schema, "exclusiveMaximum", place);
        boolean isLowOpen =
                openLow.isPresent() && (low.isEmpty() || openLow.get().compareTo(low.get()) >= 0);
        boolean isHighOpen =
                openHigh.isPresent() && (high.isEmpty() || openHigh.get().compareTo(high.get()) <= 0);
        BigDecimal from = (isLowOpen ? openLow : low).orElse(null);
        BigDecimal to = (isHighOpen ? openHigh : high).orElse(null);
        if (from == null && to == null) {
            return Optional.of(writer.json(type));
        }
        if (from != null && to != null && from.compareTo(to) > 0) {
            return Optional.empty();
        }
        var range = new NumberRange(from, isLowOpen, to, isHighOpen);
        return type.equals("integer") ? range.integers() : range.decimals();
    }

    private static Optional<BigDecimal> bound(Map<String, @Nullable Object> schema, String keyword, String place) {
        Object value = schema.get(keyword);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Number number)) {
            throw SchemaFaults.at(place, keyword + " must be a number, got: " + JsonText.of(value));
        }
        BigDecimal bound = JsonText.number(number);
        if (bound.signum() != 0 && (bound.precision() - bound.scale() > MOST_DIGITS || bound.scale() > MOST_DIGITS)) {
            throw SchemaFaults.at(
                    place, keyword + " has more than " + MOST_DIGITS + " digits, which no number here has");
        }
        return Optional.of(bound);
    }

    /** Return a count, or another number if there is none. */
    static int count(Map<String, @Nullable Object> schema, String keyword, int otherwise, String place) {
        Object value = schema.get(keyword);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Number number)
                || number.doubleValue() < 0
                || number.doubleValue() != Math.rint(number.doubleValue())) {
            throw SchemaFaults.at(place, keyword + " must be an integer from 0 up, got: " + JsonText.of(value));
        }
        return (int) Math.min(number.doubleValue(), Integer.MAX_VALUE);
    }
}
