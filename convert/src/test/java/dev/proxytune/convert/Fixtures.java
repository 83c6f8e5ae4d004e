package dev.proxytune.convert;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TextArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Model folders that {@code src/test/python/fixtures.py} made, and what llama.cpp's converter makes of them. */
final class Fixtures {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Fixtures() {}

    static Path folder(String name) {
        try {
            return Path.of(Fixtures.class.getResource("folders/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copy a folder, so that it can be broken. */
    static Path copy(String name, Path to) {
        try (var files = Files.list(folder(name))) {
            Files.createDirectories(to);
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Return metadata and tensors as lines, as the script describes them. */
    static SequencedMap<String, String> expected(Path file) {
        var lines = new TreeMap<String, String>();
        JsonNode all = MAPPER.readTree(file);
        all.get("metadata").properties().forEach(entry -> lines.put(entry.getKey(), text(entry.getValue())));
        all.get("tensors").properties().forEach(entry -> lines.put("tensor " + entry.getKey(), text(entry.getValue())));
        return lines;
    }

    /** Return the lines in which two descriptions differ. */
    static List<String> differences(SequencedMap<String, String> found, SequencedMap<String, String> expected) {
        var keys = new TreeSet<>(found.keySet());
        keys.addAll(expected.keySet());
        return keys.stream()
                .filter(key -> !Objects.equals(found.get(key), expected.get(key)))
                .map(key -> key + ": " + found.get(key) + " instead of " + expected.get(key))
                .toList();
    }

    private static String text(JsonNode description) {
        var text = new StringBuilder();
        description.forEach(part -> text.append(
                        part.isFloat() || part.isDouble()
                                ? Float.toString((float) part.doubleValue())
                                : part.isString() ? part.stringValue() : part.toString())
                .append(' '));
        return text.toString().strip();
    }

    /** Return the same of a file that was written. */
    static SequencedMap<String, String> written(Path path) {
        var lines = new TreeMap<String, String>();
        try (var file = GgufFile.open(path)) {
            file.header().metadata().values().forEach((key, value) -> lines.put(key, text(value)));
            for (var tensor : file.header().tensors()) {
                lines.put(
                        "tensor " + tensor.name(),
                        tensor.type() + " " + tensor.shape().toString().replace(" ", "") + " " + digest(file, tensor));
            }
        }
        return lines;
    }

    private static String text(MetadataValue value) {
        return switch (value) {
            case MetadataValue.Whole whole -> "[\"" + whole.type() + "\"] " + whole.value();
            case MetadataValue.Real real -> "[\"" + real.type() + "\"] " + Float.toString((float) real.value());
            case MetadataValue.Flag flag -> "[\"BOOL\"] " + flag.value();
            case MetadataValue.Text text -> "[\"STRING\"] " + text.value();
            case TextArray texts ->
                array(
                        "STRING",
                        texts.size(),
                        ByteBuffer.wrap(String.join("\n", texts).getBytes(StandardCharsets.UTF_8)));
            case NumberArray numbers ->
                array(numbers.elementType().name().toUpperCase(Locale.ROOT), numbers.size(), numbers.bytes());
        };
    }

    private static String array(String type, int size, ByteBuffer bytes) {
        return "[\"ARRAY\",\"" + type + "\"] " + size + " values, sha256 " + hex(bytes);
    }

    private static String digest(GgufFile file, TensorInfo tensor) {
        var bytes = ByteBuffer.allocate((int) tensor.byteSize());
        file.read(tensor, 0, bytes);
        return hex(bytes.flip());
    }

    static String hex(ByteBuffer bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
