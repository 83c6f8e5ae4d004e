package dev.proxytune.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Read a catalogue's text: JSON, with comments, trailing commas and names without quotation marks. */
final class TrioFile {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .build();

    private static final Set<String> TRIO_KEYS =
            Set.of("name", "target", "expert", "antiExpert", "formats", "alpha", "why", "license", "unverified");
    private static final Set<String> PART_KEYS = Set.of("model", "format", "parameters");
    private static final Set<String> FORMAT_KEYS = Set.of("target", "expert", "antiExpert");

    private static final double MOST_PARAMETERS = 1e16;

    private final String origin;
    private final Optional<Path> folder;
    private final HubSettings settings;

    private TrioFile(String origin, Optional<Path> folder, HubSettings settings) {
        this.origin = origin;
        this.folder = folder;
        this.settings = settings;
    }

    /**
     * Read trios.
     *
     * @param origin where the text is from, for messages
     * @param folder the folder that paths start from; without one, a trio with paths is left out
     * @param settings tell what {@code ~} means
     */
    static List<Trio> read(String text, String origin, Optional<Path> folder, HubSettings settings) {
        return new TrioFile(origin, folder, settings).read(text);
    }

    private List<Trio> read(String text) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(text);
        } catch (JacksonException e) {
            var place = e.getLocation();
            throw wrong("it cannot be read as JSON from line " + place.getLineNr() + ", column " + place.getColumnNr()
                    + " on");
        }
        JsonNode list = tree.isArray() ? tree : tree.path("trios");
        if (!list.isArray()) {
            throw wrong("there is no list 'trios'");
        }
        List<Trio> trios = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            trio(list.get(i), i + 1).ifPresent(trios::add);
        }
        return trios;
    }

    private Optional<Trio> trio(JsonNode node, int number) {
        String place = "trio " + number;
        checkKeys(node, TRIO_KEYS, place);
        String name = text(node, "name", place).orElseThrow(() -> wrong(place + " has no 'name'"));
        String where = "trio '" + name + "'";
        Optional<TrioPart> target = part(node, "target", where);
        Optional<TrioPart> expert = part(node, "expert", where);
        Optional<TrioPart> antiExpert = part(node, "antiExpert", where);
        if (target.isEmpty() || expert.isEmpty() || antiExpert.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Trio(
                    name,
                    target.get(),
                    expert.get(),
                    antiExpert.get(),
                    formats(node.path("formats"), where),
                    alpha(node.path("alpha"), where),
                    text(node, "why", where).orElse(""),
                    text(node, "license", where).orElse("unknown"),
                    text(node, "unverified", where),
                    origin));
        } catch (IllegalArgumentException e) {
            throw wrong(where + ": " + e.getMessage());
        }
    }

    private TrioFormats formats(JsonNode node, String where) {
        if (node.isMissingNode()) {
            return TrioFormats.NONE;
        }
        String place = where + ", 'formats'";
        checkKeys(node, FORMAT_KEYS, place);
        return new TrioFormats(
                text(node, "target", place).map(text -> located(text, place)),
                text(node, "expert", place).map(text -> located(text, place)),
                text(node, "antiExpert", place).map(text -> located(text, place)));
    }

    /** Return a format with the whole path of its file, if it has one. */
    private String located(String format, String place) {
        if (!format.startsWith(TrioFormats.FILE)) {
            return format;
        }
        String name = format.substring(TrioFormats.FILE.length());
        return TrioFormats.FILE
                + folder.map(base -> base.resolve(settings.expanded(name)))
                        .orElseThrow(() -> wrong(place + ": a catalogue from the web can name no template files"));
    }

    private float alpha(JsonNode node, String where) {
        if (node.isMissingNode()) {
            return 1;
        }
        float alpha = node.isNumber() ? Float.parseFloat(node.asString()) : Float.NaN;
        if (!Float.isFinite(alpha)) {
            throw wrong(where + ": 'alpha' is no number, or too large");
        }
        return alpha;
    }

    /** Read a model: its name alone, or an object; empty if it is a path and there is no folder. */
    private Optional<TrioPart> part(JsonNode node, String role, String where) {
        JsonNode part = node.path(role);
        String place = where + ", '" + role + "'";
        if (part.isString()) {
            return model(part.stringValue(), place)
                    .map(model -> new TrioPart(model, formatOf(model), OptionalLong.empty()));
        }
        if (!part.isObject()) {
            throw wrong(where + " has no '" + role + "'");
        }
        checkKeys(part, PART_KEYS, place);
        String name = text(part, "model", place).orElseThrow(() -> wrong(place + " has no 'model'"));
        Optional<String> format = text(part, "format", place);
        OptionalLong parameters = parameters(part, place);
        return model(name, place).map(model -> new TrioPart(model, format.or(() -> formatOf(model)), parameters));
    }

    private static Optional<String> formatOf(String model) {
        return ModelReference.isLike(model) ? ModelReference.parse(model).quantization() : Optional.empty();
    }

    private Optional<String> model(String name, String place) {
        if (name.isBlank() || name.indexOf('\0') >= 0) {
            throw wrong(place + ": the model's name is empty or no name");
        }
        if (folder.isPresent() && name.startsWith("~/")) {
            return Optional.of(settings.expanded(name));
        }
        boolean here = folder.isPresent() && Files.exists(folder.get().resolve(name));
        if (!here && ModelReference.isLike(name)) {
            try {
                return Optional.of(ModelReference.parse(name).toString());
            } catch (IllegalArgumentException | HubException e) {
                throw wrong(place + ": " + e.getMessage());
            }
        }
        return folder.map(base -> base.resolve(name).toString());
    }

    private OptionalLong parameters(JsonNode part, String place) {
        JsonNode node = part.path("parameters");
        if (node.isMissingNode()) {
            return OptionalLong.empty();
        }
        String text = node.isNumber() ? node.asString() : node.asString("");
        boolean billions = text.matches("(?i)[0-9]{1,6}(\\.[0-9]{1,6})?B");
        boolean millions = text.matches("(?i)[0-9]{1,6}(\\.[0-9]{1,6})?M");
        if (billions || millions) {
            double unit = billions ? 1e9 : 1e6;
            return OptionalLong.of((long) (Double.parseDouble(text.substring(0, text.length() - 1)) * unit));
        }
        double count = node.isNumber() ? Double.parseDouble(text) : 0;
        if (count >= 1 && count < MOST_PARAMETERS) {
            return OptionalLong.of((long) count);
        }
        throw wrong(place + ": 'parameters' is no number like 7e9 or \"7B\"");
    }

    private Optional<String> text(JsonNode node, String key, String where) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isString() || value.stringValue().isBlank()) {
            throw wrong(where + ": '" + key + "' is no text");
        }
        return Optional.of(value.stringValue());
    }

    private void checkKeys(JsonNode node, Set<String> known, String where) {
        if (!node.isObject()) {
            throw wrong(where + " is no object");
        }
        for (String key : node.propertyNames()) {
            if (!known.contains(key)) {
                throw wrong(where + " has '" + key + "', which is none of " + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    private HubException wrong(String what) {
        return new HubException("The catalogue " + origin + " cannot be used: " + what);
    }
}
