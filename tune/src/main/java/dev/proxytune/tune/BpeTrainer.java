package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.ByteAlphabet;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.NumberArray;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a byte-level BPE tokenizer: token 0 ends a text, 256 tokens are the bytes, and each further one joins the pair
 * of tokens that is most frequent at its time.
 *
 * <p>Texts are split into words as llama.cpp does for {@code tokenizer.ggml.pre = smollm}, digits one by one, and pairs
 * are joined within words only. Of pairs equally frequent the one whose left, then right, token is older wins, so the
 * same texts, in whatever order, give the same tokenizer. Not thread-safe.
 */
public final class BpeTrainer {
    /** What token 0 is written as. It is a control token, which begins, ends and separates texts. */
    public static final String END = "<|endoftext|>";

    /** Tokens before those that are learned: the end and the bytes. */
    public static final int SMALLEST = 1 + ByteAlphabet.SIZE;

    /** Most tokens that can be asked for. */
    public static final int LARGEST = 1 << 20;

    private static final int CONTROL = 3;
    private static final int NORMAL = 1;

    private final int size;
    private final Map<String, Count> words = new HashMap<>();

    private static final class Count {
        private long value;
    }

    /**
     * Create a trainer that has seen no text.
     *
     * @param size tokens to make, {@link #SMALLEST} to {@link #LARGEST}
     */
    public BpeTrainer(int size) {
        requireSize(size);
        this.size = size;
    }

    /** Refuse a number of tokens that cannot be made. */
    static void requireSize(int size) {
        if (size < SMALLEST || size > LARGEST) {
            throw new IllegalArgumentException(
                    "a vocabulary needs " + SMALLEST + " to " + LARGEST + " tokens, got " + size);
        }
    }

    /** Count the words of a text. */
    public void add(String text) {
        PreTokenizer.split(
                text, (start, end) -> words.computeIfAbsent(text.substring(start, end), word -> new Count()).value++);
    }

    /**
     * Make the tokenizer.
     *
     * @throws ProxyTuneException if the texts have too few pairs that occur twice for so many tokens
     */
    public TokenizerMetadata train() {
        var merges = new PairMerges();
        words.forEach((word, count) -> merges.add(symbols(word), count.value));
        var tokens = new ArrayList<String>(size);
        tokens.add(END);
        for (int value = 0; value < ByteAlphabet.SIZE; value++) {
            tokens.add(Character.toString(ByteAlphabet.letter(value)));
        }
        var pairs = new ArrayList<String>(size - SMALLEST);
        while (tokens.size() < size) {
            var pair = merges.best();
            if (pair.isEmpty()) {
                throw new ProxyTuneException("The texts are too few to learn " + size + " tokens from: only "
                        + tokens.size() + " can be made; give more text or ask for fewer tokens");
            }
            String left = tokens.get(pair.get().left());
            String right = tokens.get(pair.get().right());
            pairs.add(left + " " + right);
            // A new text each time: where it could be joined from other parts, it was joined from the first ones
            // before.
            tokens.add(left + right);
            merges.merge(pair.get(), tokens.size() - 1);
        }
        return TokenizerMetadata.of(metadata(tokens, pairs));
    }

    private static int[] symbols(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        var symbols = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            symbols[i] = 1 + (bytes[i] & 0xff);
        }
        return symbols;
    }

    private static Metadata metadata(List<String> tokens, List<String> merges) {
        var types = new int[tokens.size()];
        Arrays.fill(types, NORMAL);
        types[0] = CONTROL;
        return Metadata.builder()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "smollm")
                .putStrings("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", NumberArray.of(types))
                .putStrings("tokenizer.ggml.merges", merges)
                .putUnsigned("tokenizer.ggml.bos_token_id", 0)
                .putUnsigned("tokenizer.ggml.eos_token_id", 0)
                .putUnsigned("tokenizer.ggml.eot_token_id", 0)
                .put("tokenizer.ggml.add_bos_token", false)
                .build();
    }
}
