package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The tensors of a folder, in one safetensors file or several. Close it to close the files. */
final class Checkpoint implements AutoCloseable {
    static final String MODEL = "model.safetensors";
    private static final String INDEX = MODEL + ".index.json";
    private static final String SUFFIX = ".safetensors";
    private static final Pattern PART = Pattern.compile("model-\\d{5}-of-(\\d{5})\\.safetensors");
    private static final Pattern PICKLE = Pattern.compile(".*\\.(bin|pt|pth|ckpt|pkl)");

    private final List<SafetensorsFile> files = new ArrayList<>();
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

    private Checkpoint() {}

    /**
     * Open the weights of a model.
     *
     * @throws InvalidModelException if there are none, or a part is missing or does not fit the others
     */
    static Checkpoint open(Path folder) {
        Path index = folder.resolve(INDEX);
        return Files.isRegularFile(index) ? openParts(folder, index) : open(folder, names(folder));
    }

    /** Open one file. */
    static Checkpoint openFile(Path folder, String name) {
        if (!Files.exists(folder.resolve(name))) {
            throw nothing(folder, name);
        }
        return open(folder, List.of(name));
    }

    private static Checkpoint open(Path folder, Iterable<String> names) {
        var checkpoint = new Checkpoint();
        try {
            for (String name : names) {
                checkpoint.add(SafetensorsFile.open(folder.resolve(name)));
            }
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private static Checkpoint openParts(Path folder, Path index) {
        var map = JsonObject.read(index)
                .object("weight_map")
                .orElseThrow(() -> Fault.of(index, "there is no 'weight_map'", Fault.DAMAGED));
        Map<String, String> places = new HashMap<>();
        for (String tensor : map.names()) {
            String name = map.string(tensor).orElseThrow(() -> map.missing(tensor));
            if (!isPlainName(name)) {
                throw Fault.of(
                        index,
                        "tensor " + Fault.quote(tensor) + " is said to be in " + Fault.quote(name),
                        "it must be the name of a .safetensors file in the same folder");
            }
            places.put(tensor, name);
        }
        for (String name : new TreeSet<>(places.values())) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                throw Fault.of(folder, "the part " + name + " of the model is missing", "download it too");
            }
        }
        var checkpoint = open(folder, new TreeSet<>(places.values()));
        try {
            checkpoint.requirePlaces(index, places);
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private void requirePlaces(Path index, Map<String, String> places) {
        places.forEach((tensor, name) -> {
            var stored = tensors.get(tensor);
            if (stored == null || !stored.file().path().endsWith(name)) {
                throw Fault.of(
                        index,
                        "tensor " + Fault.quote(tensor) + " is not in " + name,
                        "download the index and the parts again");
            }
        });
        tensors.values().stream()
                .filter(stored -> !places.containsKey(stored.name()))
                .findFirst()
                .ifPresent(stored -> {
                    throw Fault.of(
                            stored.file().path(),
                            "tensor " + Fault.quote(stored.name()) + " is not listed in " + INDEX,
                            "download the index and the parts again");
                });
    }

    private static boolean isPlainName(String name) {
        return name.endsWith(SUFFIX)
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c))
                && !name.startsWith(".");
    }

    /** Return the files of a folder without an index: one, or all parts of a model. */
    private static List<String> names(Path folder) {
        if (Files.exists(folder.resolve(MODEL))) {
            return List.of(MODEL);
        }
        var parts = list(folder).stream()
                .filter(name -> PART.matcher(name).matches())
                .toList();
        if (parts.isEmpty()) {
            throw nothing(folder, MODEL);
        }
        var first = PART.matcher(parts.getFirst());
        int count = first.matches() ? Integer.parseInt(first.group(1)) : 0;
        for (int i = 1; i <= count; i++) {
            String name = String.format(Locale.ROOT, "model-%05d-of-%05d%s", i, count, SUFFIX);
            if (!parts.contains(name)) {
                throw Fault.of(folder, "the part " + name + " of the model is missing", "download it too");
            }
        }
        return parts;
    }

    private static List<String> list(Path folder) {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Fault.unreadable(folder, e);
        }
    }

    private static InvalidModelException nothing(Path folder, String name) {
        return list(folder).stream()
                .filter(file -> PICKLE.matcher(file).matches())
                .findFirst()
                .map(file -> Fault.of(
                        folder,
                        "the weights are in " + Fault.quote(file) + ", a pickle file, which can run any program",
                        "take a folder with safetensors files, or save it again with transformers' save_pretrained"))
                .orElseGet(() -> Fault.of(folder, "there is no " + name, "download the weights too"));
    }

    private void add(SafetensorsFile file) {
        files.add(file);
        for (var tensor : file.tensors()) {
            var other = tensors.putIfAbsent(tensor.name(), tensor);
            if (other != null) {
                throw Fault.of(
                        file.path(),
                        "tensor " + Fault.quote(tensor.name()) + " is also in "
                                + other.file().path().getFileName(),
                        "leave one of the two files out");
            }
        }
    }

    /** Return the tensors by name. */
    SequencedMap<String, StoredTensor> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
