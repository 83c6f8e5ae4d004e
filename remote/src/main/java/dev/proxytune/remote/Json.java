package dev.proxytune.remote;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** Read and write JSON as a stream. */
final class Json {
    /**
     * Names are ids of tokens, a new one for each; a table of all of them would help nobody. Programs in Python write
     * infinity and NaN as no JSON does.
     */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private Json() {}

    static JsonParser parser(InputStream body) {
        return FACTORY.createParser(ObjectReadContext.empty(), body);
    }

    /** Return an object in UTF-8, whose fields the caller writes. */
    static byte[] object(Consumer<JsonGenerator> fields) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            fields.accept(json);
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    static void writeIds(JsonGenerator json, String name, int[] ids) {
        json.writeName(name);
        json.writeArray(ids, 0, ids.length);
    }

    /**
     * Read the object that begins here; what is no object is skipped.
     *
     * @param field is given each field's name, with the parser at its value; says whether it has read the value
     * @return whether it was an object
     */
    static boolean object(JsonParser json, Predicate<String> field) {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return false;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            if (!field.test(name)) {
                json.skipChildren();
            }
        }
        return true;
    }

    /**
     * Read the array that begins here; what is none is skipped.
     *
     * @param element reads one element, with the parser at its start
     * @return how many elements there were
     */
    static int array(JsonParser json, Runnable element) {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return 0;
        }
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            element.run();
            count++;
        }
        return count;
    }

    /** Return the text that stands here, if one does; anything else is skipped. */
    static Optional<String> text(JsonParser json) {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return Optional.of(json.getString());
        }
        json.skipChildren();
        return Optional.empty();
    }

    /** Return the number that stands here, or NaN. */
    static float number(JsonParser json) {
        if (json.currentToken() != null && json.currentToken().isNumeric()) {
            return (float) json.getDoubleValue();
        }
        json.skipChildren();
        return Float.NaN;
    }

    /** Return the whole number that stands here, or −1. */
    static long whole(JsonParser json) {
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            double value = json.getDoubleValue();
            return value >= 0 && value <= Integer.MAX_VALUE ? (long) value : -1;
        }
        json.skipChildren();
        return -1;
    }
}
