package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON object of a file, whose members are asked for by name and type.
 *
 * <p>A member that is null counts as absent, as it does where these files come from.
 */
final class JsonObject {
    /** The largest tokenizers have some 40 MB. */
    private static final long LARGEST_FILE = 512L << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            // Python writes infinities so.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final String source;
    private final String path;
    private final JsonNode node;

    private JsonObject(String source, String path, JsonNode node) {
        this.source = source;
        this.path = path;
        this.node = node;
    }

    /**
     * Read a file.
     *
     * @throws InvalidModelException if it is missing, or not one JSON object and nothing else
     */
    static JsonObject read(Path file) {
        try {
            long size = Files.size(file);
            if (size > LARGEST_FILE) {
                throw Fault.of(file, "has " + size + " bytes of JSON", "take the file as it was published");
            }
            return parse(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw Fault.unreadable(file, e);
        }
    }

    /** Read a file if it is there. */
    static Optional<JsonObject> readIfPresent(Path file) {
        return Files.isRegularFile(file) ? Optional.of(read(file)) : Optional.empty();
    }

    static JsonObject parse(String source, byte[] json) {
        try {
            JsonNode node = MAPPER.readTree(json);
            if (!node.isObject()) {
                throw Fault.of(source, "is not a JSON object in braces", Fault.DAMAGED);
            }
            return new JsonObject(source, "", node);
        } catch (JacksonException e) {
            throw Fault.of(source, "cannot be read as JSON" + place(e.getLocation()), Fault.DAMAGED, e);
        }
    }

    private static String place(@Nullable TokenStreamLocation place) {
        return place == null || place.getLineNr() < 1
                ? ""
                : " at line " + place.getLineNr() + ", column " + place.getColumnNr();
    }

    /** Return an object without members. */
    static JsonObject empty(String source) {
        return new JsonObject(source, "", MAPPER.createObjectNode());
    }

    /** Return the file, and the place inside it, for messages. */
    String source() {
        return source;
    }

    boolean has(String name) {
        return member(name).isPresent();
    }

    private Optional<JsonNode> member(String name) {
        return Optional.ofNullable(node.get(name)).filter(value -> !value.isNull());
    }

    Optional<JsonObject> object(String name) {
        return member(name).map(value -> object(name, value));
    }

    private JsonObject object(String name, JsonNode value) {
        if (!value.isObject()) {
            throw wrong(name, value, "an object");
        }
        return new JsonObject(source, path + name + ".", value);
    }

    /** Return the members of a member that is an object of objects. */
    SequencedMap<String, JsonObject> objects() {
        var objects = new LinkedHashMap<String, JsonObject>();
        node.properties().forEach(entry -> objects.put(entry.getKey(), object(entry.getKey(), entry.getValue())));
        return objects;
    }

    /** Return the names of the members. */
    List<String> names() {
        return List.copyOf(node.propertyNames());
    }

    Optional<String> string(String name) {
        return member(name).map(value -> {
            if (!value.isString()) {
                throw wrong(name, value, "a string");
            }
            return value.stringValue();
        });
    }

    /** Return a member if it is a string. */
    Optional<String> stringIfAny(String name) {
        return member(name).filter(JsonNode::isString).map(JsonNode::stringValue);
    }

    /** Return a member if it is an object. */
    Optional<JsonObject> objectIfAny(String name) {
        return member(name).filter(JsonNode::isObject).map(value -> object(name, value));
    }

    /** Return a member if it is a whole number. */
    OptionalLong integerIfAny(String name) {
        return member(name)
                .filter(value -> value.isIntegralNumber() && value.canConvertToLong())
                .map(value -> OptionalLong.of(value.longValue()))
                .orElseGet(OptionalLong::empty);
    }

    OptionalLong integer(String name) {
        return member(name).map(value -> OptionalLong.of(whole(name, value))).orElseGet(OptionalLong::empty);
    }

    private long whole(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, value, "a whole number");
        }
        return value.longValue();
    }

    /** Return a whole number from 1 to 2147483647. */
    Optional<Integer> count(String name) {
        return member(name).map(value -> {
            long count = whole(name, value);
            if (count < 1 || count > Integer.MAX_VALUE) {
                throw wrong(name, value, "a positive number");
            }
            return (int) count;
        });
    }

    OptionalDouble number(String name) {
        return member(name)
                .map(value -> {
                    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
                        throw wrong(name, value, "a number");
                    }
                    return OptionalDouble.of(value.doubleValue());
                })
                .orElseGet(OptionalDouble::empty);
    }

    Optional<Boolean> flag(String name) {
        return member(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, value, "true or false");
            }
            return value.booleanValue();
        });
    }

    /** Return a member if it is true or false. */
    Optional<Boolean> flagIfAny(String name) {
        return member(name).filter(JsonNode::isBoolean).map(JsonNode::booleanValue);
    }

    /** Return whether a member is there and says anything but no: false, zero, nothing in it. */
    boolean isSet(String name) {
        return member(name)
                .map(value -> value.isContainer() ? !value.isEmpty() : value.asBoolean(true))
                .orElse(false);
    }

    /** Return the objects of an array; none if it is absent. */
    List<JsonObject> objectList(String name) {
        return list(name).stream().map(value -> object(name, value)).toList();
    }

    /** Return the strings of an array; none if it is absent. */
    List<String> stringList(String name) {
        return list(name).stream()
                .map(value -> {
                    if (!value.isString()) {
                        throw wrong(name, value, "an array of strings");
                    }
                    return value.stringValue();
                })
                .toList();
    }

    /** Return the whole numbers of an array; none if it is absent. */
    List<Long> integerList(String name) {
        return list(name).stream().map(value -> whole(name, value)).toList();
    }

    /** Return the pairs of an array of arrays, or of strings that a space divides. */
    List<Pair> pairs(String name) {
        var pairs = new ArrayList<Pair>();
        for (JsonNode value : list(name)) {
            if (value.isArray()
                    && value.size() == 2
                    && value.get(0).isString()
                    && value.get(1).isString()) {
                pairs.add(new Pair(value.get(0).stringValue(), value.get(1).stringValue()));
                continue;
            }
            String text = value.isString() ? value.stringValue() : "";
            int space = text.indexOf(' ', 1);
            if (space < 0 || space == text.length() - 1) {
                throw wrong(name, value, "pairs of tokens");
            }
            pairs.add(new Pair(text.substring(0, space), text.substring(space + 1)));
        }
        return pairs;
    }

    /** Return whether a member is an array. */
    boolean isList(String name) {
        return member(name).filter(JsonNode::isArray).isPresent();
    }

    private List<JsonNode> list(String name) {
        return member(name)
                .map(value -> {
                    if (!value.isArray()) {
                        throw wrong(name, value, "an array");
                    }
                    return List.copyOf(value.values());
                })
                .orElse(List.of());
    }

    /** Return the whole numbers of the members, by name. */
    SequencedMap<String, Long> integers() {
        var numbers = new LinkedHashMap<String, Long>();
        node.properties().forEach(entry -> numbers.put(entry.getKey(), whole(entry.getKey(), entry.getValue())));
        return numbers;
    }

    /** Return the members of this object, and of another where this one has none of that name, or null. */
    JsonObject orElse(JsonObject other) {
        var merged = MAPPER.createObjectNode();
        other.node.properties().forEach(entry -> merged.set(entry.getKey(), entry.getValue()));
        node.properties().stream()
                .filter(entry -> !entry.getValue().isNull())
                .forEach(entry -> merged.set(entry.getKey(), entry.getValue()));
        return new JsonObject(source, path, merged);
    }

    /** Refuse a member that is missing. */
    InvalidModelException missing(String name) {
        return Fault.of(source, "there is no " + Fault.quote(path + name), Fault.DAMAGED);
    }

    /** Refuse a member's value. */
    InvalidModelException unsupported(String name, String found, String advice) {
        return Fault.of(source, Fault.quote(path + name) + " is " + found, advice);
    }

    private InvalidModelException wrong(String name, JsonNode value, String expected) {
        return Fault.of(
                source,
                Fault.quote(path + name) + " is " + Fault.quote(value.toString()),
                "it must be " + expected + ", so " + Fault.DAMAGED);
    }

    /**
     * Two tokens that become one.
     *
     * @param first left token
     * @param second right token
     */
    record Pair(String first, String second) {}
}
