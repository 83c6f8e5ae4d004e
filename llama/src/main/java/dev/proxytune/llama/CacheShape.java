package dev.proxytune.llama;

import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.NumberArray;
import java.util.Arrays;

/**
 * Count the numbers that one token of one sequence adds to the KV cache, over all layers.
 *
 * <p>This is for saying beforehand how much memory a context takes, so it is meant to be near and not exact.
 *
 * @param keys numbers in keys
 * @param values numbers in values
 */
record CacheShape(long keys, long values) {

    static CacheShape of(GgufHeader header) {
        Metadata metadata = header.metadata();
        String prefix = header.architecture().orElse("") + ".";
        int layers = Math.clamp(number(metadata, prefix + "block_count", 0), 0, 1 << 16);
        long[] heads = perLayer(metadata, prefix + "attention.head_count", layers, 0);
        long mostHeads = Math.max(1, Arrays.stream(heads).max().orElse(1));
        long perHead = number(metadata, prefix + "embedding_length", 0) / mostHeads;
        long keyLength = number(metadata, prefix + "attention.key_length", perHead);
        long valueLength = number(metadata, prefix + "attention.value_length", perHead);
        long keyValueHeads = Arrays.stream(perLayer(metadata, prefix + "attention.head_count_kv", layers, mostHeads))
                .map(count -> Math.clamp(count, 0, 1 << 16))
                .sum();
        // Hybrid models that say how often full attention comes have a state of fixed size in the other layers.
        keyValueHeads /= Math.max(1, number(metadata, prefix + "full_attention_interval", 1));
        return new CacheShape(keyValueHeads * keyLength, keyValueHeads * valueLength);
    }

    private static long number(Metadata metadata, String key, long otherwise) {
        return metadata.value(key).isEmpty()
                ? otherwise
                : Math.clamp(metadata.integer(key).orElse(otherwise), 0, 1 << 24);
    }

    private static long[] perLayer(Metadata metadata, String key, int layers, long otherwise) {
        long[] numbers = new long[layers];
        if (metadata.value(key).orElse(null) instanceof NumberArray array) {
            Arrays.setAll(numbers, layer -> layer < array.size() ? array.longAt(layer) : otherwise);
        } else {
            Arrays.fill(numbers, number(metadata, key, otherwise));
        }
        return numbers;
    }
}
