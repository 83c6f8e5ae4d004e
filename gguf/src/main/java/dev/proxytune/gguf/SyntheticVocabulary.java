package dev.proxytune.gguf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Made-up byte-level BPE vocabulary that llama.cpp can tokenize any text with.
 *
 * @param tokens distinct token texts in the byte alphabet of GPT-2, where a space is written {@code Ġ}
 * @param merges pairs of pieces with one space between, the most wanted first
 * @param controls ids of tokens that steer the model and are no text, such as the two that follow
 * @param beginning id of the token that begins a sequence
 * @param end id of the token that ends one
 */
public record SyntheticVocabulary(
        List<String> tokens, List<String> merges, Set<Integer> controls, int beginning, int end) {
    private static final List<String> PAIRS = List.of(
            "h e", "i n", "r e", "o n", "Ġ t", "Ġ a", "e r", "Ġt he", "a t", "e n", "Ġ s", "Ġ w", "o r", "i s", "e s",
            "in g");

    /** Ids of tokens that {@link #ofSize} makes before those for merges: two controls and 256 bytes. */
    public static final int SMALLEST = 2 + ByteAlphabet.SIZE;

    public SyntheticVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        controls = Set.copyOf(controls);
        if (tokens.isEmpty() || new HashSet<>(tokens).size() != tokens.size()) {
            throw new IllegalArgumentException("the " + tokens.size() + " tokens must be distinct and at least one");
        }
        int size = tokens.size();
        if (beginning < 0 || beginning >= size || end < 0 || end >= size) {
            throw new IllegalArgumentException(
                    "tokens " + beginning + " and " + end + " must be among the " + size + " tokens");
        }
        if (controls.stream().anyMatch(id -> id < 0 || id >= size)) {
            throw new IllegalArgumentException("control tokens " + controls + " must be among the " + size + " tokens");
        }
    }

    /**
     * Create a vocabulary of two controls (0 begins, 1 ends), 256 bytes, a few merged pairs and fillers.
     *
     * @param size number of tokens, at least {@link #SMALLEST}
     */
    public static SyntheticVocabulary ofSize(int size) {
        if (size < SMALLEST) {
            throw new IllegalArgumentException("a vocabulary needs at least " + SMALLEST + " tokens, got " + size);
        }
        var tokens = new ArrayList<String>(size);
        tokens.add("<|begin|>");
        tokens.add("<|finish|>");
        IntStream.range(0, ByteAlphabet.SIZE)
                .mapToObj(value -> Character.toString(ByteAlphabet.letter(value)))
                .forEach(tokens::add);
        var merges = PAIRS.subList(0, Math.min(PAIRS.size(), size - SMALLEST));
        merges.forEach(pair -> tokens.add(pair.replace(" ", "")));
        var made = new SyntheticVocabulary(tokens, merges, Set.of(0, 1), 0, 1);
        return made.withFillers(size - tokens.size());
    }

    /** Return the number of tokens. */
    public int size() {
        return tokens.size();
    }

    /** Return this vocabulary with more tokens at its end, which no text is tokenized to. */
    public SyntheticVocabulary withFillers(int count) {
        var more = new ArrayList<>(tokens);
        for (int i = 0; i < count; i++) {
            more.add("Ġw" + (tokens.size() + i));
        }
        return new SyntheticVocabulary(more, merges, controls, beginning, end);
    }

    /** Return this vocabulary with another text for one token. */
    public SyntheticVocabulary withToken(int id, String text) {
        var changed = new ArrayList<>(tokens);
        changed.set(id, text);
        return new SyntheticVocabulary(changed, merges, controls, beginning, end);
    }

    /** Return this vocabulary with another token that ends a sequence, which becomes a control. */
    public SyntheticVocabulary withEnd(int id) {
        var changed = new HashSet<>(controls);
        changed.add(id);
        return new SyntheticVocabulary(tokens, merges, changed, beginning, id);
    }

    /** Return the metadata that describes this vocabulary. */
    Metadata metadata() {
        int[] types = IntStream.range(0, size())
                .map(id -> controls.contains(id) ? 3 : 1)
                .toArray();
        return Metadata.builder()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "smollm")
                .putStrings("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", NumberArray.of(types))
                .putStrings("tokenizer.ggml.merges", merges)
                .putUnsigned("tokenizer.ggml.bos_token_id", beginning)
                .putUnsigned("tokenizer.ggml.eos_token_id", end)
                .put("tokenizer.ggml.add_bos_token", false)
                .build();
    }
}
