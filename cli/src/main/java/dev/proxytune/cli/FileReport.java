package dev.proxytune.cli;

import dev.proxytune.Vocabulary;
import dev.proxytune.llama.MemoryNeed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Hold what {@code inspect} tells of one file.
 *
 * @param file the file as the user named it
 * @param facts what its header says
 * @param memory what it takes with a decoder; none for an adapter, and where llama.cpp makes none
 * @param vocabulary its tokens; none for an adapter
 * @param comparison how it goes with the first model given; none for that one itself
 */
record FileReport(
        String file,
        HeaderFacts facts,
        Optional<MemoryNeed> memory,
        Optional<VocabularyFacts> vocabulary,
        Optional<Comparison> comparison) {

    /**
     * What is told of a vocabulary.
     *
     * @param type the tokenizer's algorithm
     * @param size the number of tokens
     * @param padding how many of them stand for nothing
     * @param special the tokens that begin and end texts and turns, by name
     */
    record VocabularyFacts(String type, int size, int padding, Map<String, SpecialToken> special) {

        static VocabularyFacts of(Vocabulary vocabulary) {
            Map<String, SpecialToken> special = new LinkedHashMap<>();
            put(special, "bos", vocabulary.bos(), vocabulary);
            put(special, "eos", vocabulary.eos(), vocabulary);
            put(special, "eot", vocabulary.eot(), vocabulary);
            int padding = (int) IntStream.range(0, vocabulary.size())
                    .filter(vocabulary::isPadding)
                    .count();
            return new VocabularyFacts(vocabulary.type(), vocabulary.size(), padding, special);
        }

        private static void put(Map<String, SpecialToken> special, String name, OptionalInt id, Vocabulary vocabulary) {
            if (id.isPresent()) {
                special.put(name, new SpecialToken(id.getAsInt(), vocabulary.text(id.getAsInt())));
            }
        }
    }

    /** Name a token that steers. */
    record SpecialToken(int id, String text) {}

    boolean isAdapter() {
        return facts.header().isAdapter();
    }

    FileReport withMemory(Optional<MemoryNeed> need) {
        return new FileReport(file, facts, need, vocabulary, comparison);
    }

    /** Return the report as JSON has it. */
    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("file", file);
        object.put("kind", isAdapter() ? "adapter" : "model");
        object.put("architecture", facts.architecture());
        object.put("file_bytes", facts.header().size());
        object.put("parameters", facts.parameters());
        object.put("quantization", facts.quantization());
        if (isAdapter()) {
            object.put("rank", number(facts.adapterRank()));
            object.put("adapted_tensors", facts.adaptedTensors());
        } else {
            object.put("context_length", number(facts.contextLength()));
            object.put("layers", number(facts.layers()));
            object.put("width", number(facts.width()));
            object.put("heads", number(facts.heads()));
            object.put("key_value_heads", number(facts.keyValueHeads()));
            object.put("memory", memoryObject());
        }
        vocabulary.ifPresent(tokens -> object.put("vocabulary", object(tokens)));
        comparison.ifPresent(match -> object.put("comparison", match.object()));
        return object;
    }

    private Map<String, @Nullable Object> memoryObject() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("weight_bytes", memory.map(MemoryNeed::weights).orElse(facts.weightBytes()));
        object.put("kv_cache_bytes", memory.map(MemoryNeed::cache).orElse(null));
        object.put("compute_bytes", memory.map(MemoryNeed::compute).orElse(null));
        object.put("logits_bytes", memory.map(MemoryNeed::rows).orElse(null));
        return object;
    }

    private static Map<String, @Nullable Object> object(VocabularyFacts tokens) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("type", tokens.type());
        object.put("size", tokens.size());
        object.put("padding", tokens.padding());
        Map<String, @Nullable Object> special = new LinkedHashMap<>();
        tokens.special().forEach((name, token) -> special.put(name, Map.of("id", token.id(), "text", token.text())));
        object.put("special", special);
        return object;
    }

    private static @Nullable Long number(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }
}
