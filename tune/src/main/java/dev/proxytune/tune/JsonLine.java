package dev.proxytune.tune;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A JSON object on a line of its own, whose members are asked for by name and type. */
final class JsonLine {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final int MOST_NAMES = 6;

    private final SequencedMap<String, JsonNode> members;

    private JsonLine(SequencedMap<String, JsonNode> members) {
        this.members = members;
    }

    /**
     * Read a line.
     *
     * @throws BadExampleException if it is not one object and nothing else, or has a member twice
     */
    static JsonLine parse(String line) {
        var members = new LinkedHashMap<String, JsonNode>();
        try (JsonParser parser = MAPPER.createParser(line.stripTrailing())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new BadExampleException("this is not a JSON object in braces; write one on each line");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                if (members.put(name, parser.readValueAsTree()) != null) {
                    throw new BadExampleException("the object has " + quote(name) + " twice; leave one out");
                }
            }
            if (parser.nextToken() != null) {
                throw new BadExampleException("something follows the object; write one object on each line");
            }
            return new JsonLine(members);
        } catch (JacksonException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            throw new BadExampleException(
                    "this is not JSON, as column " + Math.max(1, column) + " shows; write an object on each line");
        }
    }

    /** Tell whether there is a member. */
    boolean has(String name) {
        return members.containsKey(name);
    }

    /**
     * Return a string.
     *
     * @throws BadExampleException if there is none, or half a character in it
     */
    String string(String name) {
        return string(name, member(name));
    }

    /** Return a member of any type. */
    JsonNode member(String name) {
        @Nullable JsonNode value = members.get(name);
        if (value == null) {
            throw new BadExampleException("there is no \"" + name + "\"" + found());
        }
        return value;
    }

    private String found() {
        String names =
                members.keySet().stream().limit(MOST_NAMES).map(JsonLine::quote).collect(Collectors.joining(", "));
        return members.isEmpty() ? " in an empty object" : ", only " + names;
    }

    /** Return the string that a value is. */
    static String string(String name, JsonNode value) {
        String text = value.stringValueOpt()
                .orElseThrow(() -> new BadExampleException("\"" + name + "\" is " + kind(value) + ", not a string"));
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                    throw new BadExampleException("\"" + name + "\" has half a character, a lone surrogate");
                }
                i++;
            }
        }
        return text;
    }

    /** Name the type of a value. */
    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a truth value";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case BINARY, MISSING, POJO -> "something else";
        };
    }

    private static String quote(String name) {
        boolean plain = name.length() <= 40 && name.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"');
        return plain ? "\"" + name + "\"" : "another name";
    }
}
