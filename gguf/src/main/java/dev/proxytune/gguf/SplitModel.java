package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Puts the headers of a split model together, as {@code llama-gguf-split} takes models apart.
 *
 * <p>The first part has all metadata, and each has some of the tensors, its number and the number of parts. llama.cpp ends
 * the process if a part's number is of another type than it expects, and reports the other faults that are found here.
 */
final class SplitModel {
    static final String NUMBER = "split.no";
    static final String COUNT = "split.count";
    static final String TENSORS = "split.tensors.count";
    private static final Set<String> KEYS = Set.of(NUMBER, COUNT, TENSORS);

    private static final Pattern NAME = Pattern.compile("(?s)(.+)-([0-9]{5})-of-([0-9]{5})\\.gguf");

    private SplitModel() {}

    /**
     * Return how many files the model that a header belongs to is split into, 1 if it is whole.
     *
     * @throws InvalidModelException if that is no number that llama.cpp reads
     */
    static int count(GgufHeader header) {
        return header.metadata().contains(COUNT) ? Math.max(1, number(header, COUNT, ValueType.UINT16)) : 1;
    }

    /** Return the files of a model that its first file's name tells of, or the file alone. */
    static List<Path> named(Path file) {
        var matcher = NAME.matcher(String.valueOf(file.getFileName()));
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) != 1) {
            return List.of(file);
        }
        int count = Math.max(1, Integer.parseInt(matcher.group(3)));
        List<Path> files = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            files.add(file.resolveSibling(name(matcher.group(1), part, count)));
        }
        return files;
    }

    static String name(String prefix, int part, int count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", prefix, part + 1, count);
    }

    /**
     * Return the files of the split model whose first one this is.
     *
     * @throws InvalidModelException if it is not the first, is not named as one, or another is missing
     */
    static List<Path> files(Path first, GgufHeader header) {
        int count = count(header);
        int number = number(header, NUMBER, ValueType.UINT16);
        if (number != 0) {
            var matcher = NAME.matcher(String.valueOf(first.getFileName()));
            throw Refusal.of(
                    header.source(),
                    "this is part " + (number + 1) + " of " + count + " of a split model",
                    "its first part",
                    "give " + (matcher.matches() ? name(matcher.group(1), 0, count) : "that one"));
        }
        List<Path> files = named(first);
        if (files.size() != count) {
            throw Refusal.of(
                    header.source(),
                    "this is part 1 of " + count + " of a split model",
                    "a name that ends in " + name("", 0, count) + " with the other parts beside it",
                    "give all parts the names that they were published by");
        }
        for (int part = 1; part < count; part++) {
            if (!Files.exists(files.get(part))) {
                throw Refusal.of(
                        files.get(part).toString(),
                        "there is no such file",
                        "part " + (part + 1) + " of " + count + " of the model in " + header.source(),
                        "download or copy it beside the others");
            }
        }
        return files;
    }

    /**
     * Return the header of the whole model, without the keys that tell of parts.
     *
     * @param parts the headers of all its files in order
     * @throws InvalidModelException if they do not belong together
     */
    static GgufHeader join(List<GgufHeader> parts) {
        GgufHeader first = parts.getFirst();
        Set<String> names = new HashSet<>();
        List<TensorInfo> tensors = new ArrayList<>();
        long size = 0;
        for (int index = 0; index < parts.size(); index++) {
            GgufHeader part = parts.get(index);
            requirePlace(part, index, first, parts.size());
            for (TensorInfo tensor : part.tensors()) {
                if (!names.add(tensor.name())) {
                    throw mixed(part, "tensor " + Refusal.quote(tensor.name()) + " is in a part before it too", first);
                }
                tensors.add(tensor);
            }
            size += part.size();
        }
        int expected = number(first, TENSORS, ValueType.INT32);
        if (tensors.size() != expected) {
            throw Refusal.damaged(
                    first.source(),
                    "its " + parts.size() + " parts have " + tensors.size() + " tensors",
                    expected + " by key '" + TENSORS + "'");
        }
        var metadata = first.metadata().toBuilder();
        KEYS.forEach(metadata::remove);
        return new GgufHeader(
                first.source(),
                first.version(),
                metadata.build(),
                tensors,
                first.alignment(),
                first.dataOffset(),
                size,
                parts.size());
    }

    private static void requirePlace(GgufHeader part, int index, GgufHeader first, int count) {
        int number = number(part, NUMBER, ValueType.UINT16);
        int total = number(part, COUNT, ValueType.UINT16);
        if (number != index || total != count) {
            throw mixed(part, "it says to be part " + (number + 1L) + " of " + total, first);
        }
        if (part.metadata().contains(TENSORS)
                && number(part, TENSORS, ValueType.INT32) != number(first, TENSORS, ValueType.INT32)) {
            throw mixed(part, "key '" + TENSORS + "' differs from the first part's", first);
        }
        if (part.architecture().isPresent() && !Objects.equals(part.architecture(), first.architecture())) {
            throw mixed(part, "key 'general.architecture' differs from the first part's", first);
        }
    }

    private static InvalidModelException mixed(GgufHeader part, String found, GgufHeader first) {
        return Refusal.of(
                part.source(),
                found,
                "a part of the model in " + first.source(),
                "download or copy all parts of one model again");
    }

    private static int number(GgufHeader header, String key, ValueType type) {
        var value = header.metadata().value(key);
        if (value.isPresent()
                && value.get() instanceof MetadataValue.Whole(ValueType found, long number)
                && found == type) {
            return (int) number;
        }
        throw Refusal.badConversion(
                header.source(),
                "key '" + key + "' "
                        + value.map(wrong -> "holds " + wrong.describe()).orElse("is missing"),
                "a " + type.label() + ", as in each part of a split model");
    }
}
