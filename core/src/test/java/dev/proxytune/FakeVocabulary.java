package dev.proxytune;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Name token ids {@code t0}, {@code t1} … unless told otherwise. */
class FakeVocabulary implements Vocabulary {
    private final int size;
    private final Map<Integer, byte[]> bytes = new HashMap<>();
    private String type = "BPE";
    private int padding;
    private Set<Integer> ends = Set.of();

    FakeVocabulary(int size) {
        this.size = size;
    }

    FakeVocabulary withType(String name) {
        type = name;
        return this;
    }

    /** Let the last ids be padding. */
    FakeVocabulary withPadding(int count) {
        padding = count;
        return this;
    }

    FakeVocabulary withEnds(Integer... ids) {
        ends = Set.of(ids);
        return this;
    }

    FakeVocabulary withText(int id, String text) {
        return withBytes(id, text.getBytes(StandardCharsets.UTF_8));
    }

    FakeVocabulary withBytes(int id, byte... value) {
        bytes.put(id, value);
        return this;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public String text(int id) {
        return isPadding(id) ? "[PAD" + id + "]" : new String(bytes(id), StandardCharsets.UTF_8);
    }

    @Override
    public boolean isPadding(int id) {
        return id >= size - padding;
    }

    @Override
    public boolean isControl(int id) {
        return isEndOfGeneration(id);
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return ends.contains(id);
    }

    @Override
    public OptionalInt bos() {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt eos() {
        return ends.stream().mapToInt(id -> id).min();
    }

    @Override
    public OptionalInt eot() {
        return OptionalInt.empty();
    }

    @Override
    public byte[] bytes(int id) {
        byte[] value = bytes.get(id);
        return value == null ? ("t" + id).getBytes(StandardCharsets.UTF_8) : value;
    }

    @Override
    public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
        return text.chars().map(character -> character % size).toArray();
    }

    @Override
    public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
        var text = new StringBuilder();
        for (int id : ids) {
            text.append(text(id));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
