package dev.proxytune.cli;

import dev.proxytune.hub.ModelReference;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads a file of models to serve: YAML, or JSON as catalogues are written. The keys of a model are the options of the
 * command line without their hyphens; paths start from the file's folder.
 */
final class ServeFile {
    private static final Set<String> PATHS =
            Set.of("model", "target", "expert", "anti-expert", "lora", "expert-lora", "catalogue");
    private static final Set<String> FORMATS = Set.of("format", "expert-format", "anti-expert-format");
    private static final String TEMPLATE = "chat-file=";
    private static final String LOAD = "load";

    private final Path file;

    private ServeFile(Path file) {
        this.file = file;
    }

    /**
     * Hold one model of the file.
     *
     * @param place where it stands, for messages
     * @param options what is said of it, as on the command line
     */
    record Entry(String place, List<String> options) {}

    /**
     * Read a file.
     *
     * @throws InputException if it cannot be read, or says what cannot be; the message says where
     */
    static List<Entry> read(Path file, Console console) {
        return new ServeFile(file).read(Inputs.text(file, "models", console));
    }

    private List<Entry> read(String text) {
        JsonNode tree = parse(text);
        JsonNode list = tree;
        if (tree instanceof ObjectNode object) {
            for (String key : object.propertyNames()) {
                require(key.equals("models"), "has '" + key + "' where only 'models' is known");
            }
            list = object.path("models");
        }
        require(list instanceof ArrayNode && !list.isEmpty(), "has no list 'models' with a model in it");
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            entries.add(entry(list.get(i), i + 1));
        }
        return entries;
    }

    private JsonNode parse(String text) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        ObjectMapper mapper = name.matches("(?s).*\\.json[5c]?") ? json() : yaml();
        try {
            JsonNode tree = mapper.readTree(text);
            require(tree != null && !tree.isMissingNode(), "is empty");
            return tree;
        } catch (JacksonException e) {
            var place = e.getLocation();
            String where = place == null || place.getLineNr() < 1
                    ? ""
                    : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": ";
            throw wrong("cannot be read: " + where
                    + e.getOriginalMessage().lines().findFirst().orElse("neither YAML nor JSON"));
        }
    }

    private static ObjectMapper json() {
        return JsonMapper.builder()
                .enable(
                        JsonReadFeature.ALLOW_JAVA_COMMENTS,
                        JsonReadFeature.ALLOW_TRAILING_COMMA,
                        JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES,
                        JsonReadFeature.ALLOW_SINGLE_QUOTES)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
    }

    private static ObjectMapper yaml() {
        return YAMLMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
    }

    private Entry entry(JsonNode node, int number) {
        require(node instanceof ObjectNode, "has a model, number " + number + ", that is no object of keys and values");
        JsonNode name = node.path("name");
        require(name.isMissingNode() || name.isString(), "has a model, number " + number + ", whose name is no text");
        String place = file + ", model " + (name.isString() ? "'" + name.stringValue() + "'" : number);
        List<String> options = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            add(field.getKey(), field.getValue(), place, options);
        }
        return new Entry(place, options);
    }

    private void add(String key, JsonNode value, String place, List<String> options) {
        if (key.equals(LOAD)) {
            String when = value.asString("");
            require(
                    when.equals("start") || when.equals("first-use"),
                    place,
                    "load must be start or first-use, got: " + value);
            if (when.equals("first-use")) {
                options.add("--lazy");
            }
        } else if (!ServedEntry.isKey(key)) {
            List<String> known = new ArrayList<>(ServedEntry.keys());
            known.add(LOAD);
            throw new InputException(place + ": there is no key '" + key + "'; there are "
                    + String.join(", ", known.stream().sorted().toList()));
        } else if (ServedEntry.isFlag(key)) {
            require(value.isBoolean(), place, key + " must be true or false, got: " + value);
            options.add(value.booleanValue() ? "--" + key : "--no-" + key);
        } else if (value instanceof ArrayNode list) {
            require(!list.isEmpty(), place, key + " is an empty list");
            list.forEach(one -> options.add(option(key, one, place)));
        } else {
            options.add(option(key, value, place));
        }
    }

    private String option(String key, JsonNode value, String place) {
        require(value.isString() || value.isNumber(), place, key + " must be a text or a number, got: " + value);
        UnaryOperator<String> path =
                PATHS.contains(key) ? this::path : FORMATS.contains(key) ? this::format : UnaryOperator.identity();
        return "--" + key + "=" + path.apply(value.asString());
    }

    private String format(String format) {
        return format.startsWith(TEMPLATE) ? TEMPLATE + path(format.substring(TEMPLATE.length())) : format;
    }

    /** Return a path from the file's folder, or a reference as it stands. */
    private String path(String name) {
        Path folder = file.toAbsolutePath().getParent();
        try {
            if (folder == null || name.matches("(?i)https?://.*")) {
                return name;
            }
            Path here = folder.resolve(name);
            return !Files.exists(here) && ModelReference.isLike(name) ? name : here.toString();
        } catch (InvalidPathException e) {
            throw wrong("names the file '" + name + "', which is no name of a file");
        }
    }

    private static void require(boolean holds, String place, String what) {
        if (!holds) {
            throw new InputException(place + ": " + what);
        }
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw wrong(what);
        }
    }

    private InputException wrong(String what) {
        return new InputException("The file of models " + file + " " + what);
    }
}
