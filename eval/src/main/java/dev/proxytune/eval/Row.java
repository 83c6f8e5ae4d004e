package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.JsonLines;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hold one row of a data or predictions file, and read its fields in all the dresses that published files have: a field
 * that is null, NaN, an empty list or the text "nan" says nothing, and a list with one entry says what the entry says.
 * Immutable.
 */
public final class Row {
    private static final Set<String> SAYS_NOTHING = Set.of("", "nan", "none", "null", "n/a");
    private static final Set<String> YES = Set.of("true", "yes", "1", "1.0");
    private static final Set<String> NO = Set.of("false", "no", "0", "0.0");

    private final String file;
    private final int number;
    private final ObjectNode fields;

    Row(String file, int number, ObjectNode fields) {
        this.file = file;
        this.number = number;
        this.fields = fields;
    }

    /**
     * Make a row from values rather than from a file.
     *
     * @param file what to call its origin in messages
     * @param number the row's number there, from 1
     * @param values texts, numbers, booleans, lists and maps of these
     */
    public static Row of(String file, int number, Map<String, ? extends @Nullable Object> values) {
        return new Row(file, number, RowFile.node(values));
    }

    /** Return the file and the number of the row, for messages. */
    public String place() {
        return file + ", row " + number;
    }

    public String file() {
        return file;
    }

    /** Return the number of the row in its file, from 1. */
    public int number() {
        return number;
    }

    /** Return whether one of the fields is there, even if it says nothing. */
    public boolean has(String... names) {
        for (String name : names) {
            if (fields.has(name)) {
                return true;
            }
        }
        return false;
    }

    /** Return the first of these fields that says something, as a text; numbers as they are usually written. */
    public Optional<String> text(String... names) {
        return value(names).map(found -> text(found.name(), found.node()));
    }

    /**
     * Return the first of these fields that says something.
     *
     * @throws ProxyTuneException if none does
     */
    public String requiredText(String... names) {
        return text(names).orElseThrow(() -> missing(names));
    }

    /** Return the texts of a field that holds a list, or the one text that it holds; nothing if it says nothing. */
    public List<String> texts(String... names) {
        Optional<Found> found = value(names);
        if (found.isEmpty()) {
            return List.of();
        }
        JsonNode node = found.get().node();
        if (!node.isArray()) {
            return List.of(text(found.get().name(), node));
        }
        List<String> texts = new ArrayList<>();
        node.forEach(entry -> texts.add(entry.isNull() ? "" : text(found.get().name(), unwrapped(entry))));
        return texts;
    }

    /** Return how many entries a field has: those of its list, else 1, or 0 if it says nothing. */
    int entries(String... names) {
        return value(names)
                .map(found -> found.node().isArray() ? found.node().size() : 1)
                .orElse(0);
    }

    /** Return the first of these fields that says something, as a number. */
    public OptionalDouble number(String... names) {
        Optional<Found> found = value(names).filter(one -> !saysNothing(one.node()));
        if (found.isEmpty()) {
            return OptionalDouble.empty();
        }
        JsonNode node = found.get().node();
        if (node.isNumber()) {
            return OptionalDouble.of(node.doubleValue());
        }
        try {
            return OptionalDouble.of(Double.parseDouble(text(found.get().name(), node)));
        } catch (NumberFormatException _) {
            throw wrong(found.get().name(), node, "a number");
        }
    }

    /**
     * Return the first of these fields that says something, as yes or no.
     *
     * @throws ProxyTuneException if it says anything else
     */
    public Optional<Boolean> truth(String... names) {
        return value(names).filter(one -> !saysNothing(one.node())).map(found -> truth(found.name(), found.node()));
    }

    private Boolean truth(String name, JsonNode node) {
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        String text = node.isValueNode() ? text(name, node).strip().toLowerCase(Locale.ROOT) : "";
        if (YES.contains(text)) {
            return true;
        }
        if (NO.contains(text)) {
            return false;
        }
        throw wrong(name, node, "true, false, 1 or 0");
    }

    /** Return what a field holds, a missing node if there is none. */
    JsonNode node(String name) {
        return fields.path(name);
    }

    /** Return the object that a field holds, as a row of its own; nothing if it is something else. */
    Optional<Row> object(String name) {
        return fields.path(name) instanceof ObjectNode object
                ? Optional.of(new Row(file, number, object))
                : Optional.empty();
    }

    /** Return the first object of a list. */
    Optional<Row> firstObject(String name) {
        return fields.path(name).path(0) instanceof ObjectNode object
                ? Optional.of(new Row(file, number, object))
                : Optional.empty();
    }

    /** Return this row with other or further fields at its end. */
    public Row with(Map<String, ? extends @Nullable Object> more) {
        ObjectNode copy = fields.deepCopy();
        copy.setAll(RowFile.node(more));
        return new Row(file, number, copy);
    }

    /** Return whether this row is another one with other values of some fields, and perhaps more fields. */
    boolean continues(Row other, Set<String> changed) {
        return other.fields
                .propertyStream()
                .filter(field -> !changed.contains(field.getKey()))
                .allMatch(field -> field.getValue()
                                .toString()
                                .equals(fields.path(field.getKey()).toString())
                        || saysNaN(field.getValue()));
    }

    /** NaN is written as a text. */
    private static boolean saysNaN(JsonNode node) {
        return node.isNumber() && !Double.isFinite(node.doubleValue());
    }

    /** Return the row as one line of JSON, without a line end. */
    public String json() {
        return JsonLines.wellFormed(fields.toString());
    }

    /**
     * Return the right answers that are not blank, at least one.
     *
     * @throws ProxyTuneException if there is none
     */
    List<String> answers() {
        List<String> answers = texts("answers", "answer").stream()
                .filter(answer -> !Texts.strip(answer).isEmpty())
                .toList();
        if (answers.isEmpty()) {
            throw missing("answers", "answer");
        }
        return answers;
    }

    /** Say that the row lacks what it needs. */
    ProxyTuneException missing(String... names) {
        boolean empty = has(names);
        return new ProxyTuneException(place() + (empty ? " has an empty \"" : " lacks the field \"")
                + String.join("\" or \"", names) + "\"; it has: " + String.join(", ", fields.propertyNames())
                + (empty ? "" : "; is it a file of another task?"));
    }

    private ProxyTuneException wrong(String name, JsonNode node, String expected) {
        String value = node.toString();
        return new ProxyTuneException(place() + ": \"" + name + "\" must be " + expected + ", got: "
                + (value.length() > 60 ? value.substring(0, 60) + "…" : value));
    }

    private record Found(String name, JsonNode node) {}

    private Optional<Found> value(String... names) {
        for (String name : names) {
            JsonNode node = unwrapped(fields.path(name));
            boolean nothing = node.isMissingNode()
                    || node.isNull()
                    || (node.isArray() && node.isEmpty())
                    || (node.isNumber() && Double.isNaN(node.doubleValue()));
            if (!nothing) {
                return Optional.of(new Found(name, node));
            }
        }
        return Optional.empty();
    }

    private static JsonNode unwrapped(JsonNode node) {
        JsonNode inner = node;
        while (inner.isArray() && inner.size() == 1) {
            inner = inner.get(0);
        }
        return inner;
    }

    private static boolean saysNothing(JsonNode node) {
        return node.isString()
                && SAYS_NOTHING.contains(node.stringValue().strip().toLowerCase(Locale.ROOT));
    }

    private String text(String name, JsonNode node) {
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isBoolean() || (node.isNumber() && !Double.isFinite(node.doubleValue()))) {
            return node.toString();
        }
        if (node.isNumber()) {
            // A table writes 18 as 18.0 once another row of its column is empty.
            return node.decimalValue().stripTrailingZeros().toPlainString();
        }
        throw wrong(name, node, "a text");
    }

    @Override
    public String toString() {
        return place() + ": " + json();
    }
}
