package dev.proxytune.spark;

import dev.proxytune.batch.BatchRow;
import dev.proxytune.openai.Json;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads rows of tables as if they were objects of JSON. */
final class RowJson {
    /** Columns whose texts are meant as texts, even if they look like something else. */
    private static final Set<String> TEXTS = Set.of("id", "prompt", "stop", "grammar", "custom_id", "url", "method");

    private RowJson() {}

    static BatchRow read(Row row) {
        JsonNode node = withoutNulls(Json.tree(row.json()));
        if (!(node instanceof ObjectNode object)) {
            return BatchRow.unreadable("The row is no object", false);
        }
        for (String name : List.copyOf(object.propertyNames())) {
            JsonNode value = object.get(name);
            if (value.isString() && !TEXTS.contains(name)) {
                object.set(name, parsed(value));
            }
        }
        return BatchRow.of(object);
    }

    /** A table has a value in every column, also within messages. */
    private static JsonNode withoutNulls(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                JsonNode value = object.get(name);
                if (value.isNull()) {
                    object.remove(name);
                } else {
                    withoutNulls(value);
                }
            }
        } else if (node instanceof ArrayNode array) {
            array.forEach(RowJson::withoutNulls);
        }
        return node;
    }

    /** CSV has texts only: numbers, lists and objects stand in them. */
    private static JsonNode parsed(JsonNode text) {
        try {
            JsonNode node = Json.tree(text.asString());
            return node.isMissingNode() ? text : node;
        } catch (JacksonException _) {
            return text;
        }
    }
}
