package dev.proxytune.convert;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Architectures that can be converted, and in what their folders differ. */
enum Family {
    /** Llama and its relatives: Llama 2 and 3, SmolLM, TinyLlama, Vicuna. */
    LLAMA("llama", Biases.ANY, false, false),
    /** Qwen 1.5, 2 and 2.5, which have biases on queries, keys and values. */
    QWEN2("qwen2", Biases.ATTENTION_INPUTS, false, false),
    /** Qwen 3, which normalizes queries and keys. */
    QWEN3("qwen3", Biases.NONE, true, false),
    /** The text part of Gemma 3. */
    GEMMA3("gemma3", Biases.NONE, true, true);

    /** Which matrices have a bias. */
    enum Biases {
        NONE,
        ATTENTION_INPUTS,
        /** Any matrix may have one. */
        ANY
    }

    private final String architecture;
    private final Biases biases;
    private final boolean normalizesHeads;
    private final boolean normalizesTwice;

    Family(String architecture, Biases biases, boolean normalizesHeads, boolean normalizesTwice) {
        this.architecture = architecture;
        this.biases = biases;
        this.normalizesHeads = normalizesHeads;
        this.normalizesTwice = normalizesTwice;
    }

    /** Return the classes of transformers that are of this family. */
    private List<String> classes() {
        return switch (this) {
            case LLAMA -> List.of("LlamaForCausalLM");
            case QWEN2 -> List.of("Qwen2ForCausalLM");
            case QWEN3 -> List.of("Qwen3ForCausalLM");
            case GEMMA3 -> List.of("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration");
        };
    }

    /** Return the family of a class of transformers. */
    static Optional<Family> ofClass(String name) {
        return Arrays.stream(values())
                .filter(family -> family.classes().contains(name))
                .findFirst();
    }

    /** Return the family of an architecture of llama.cpp. */
    static Optional<Family> ofArchitecture(String name) {
        return Arrays.stream(values())
                .filter(family -> family.architecture.equals(name))
                .findFirst();
    }

    /** Return all classes, for messages. */
    static String allClasses() {
        return Arrays.stream(values())
                .flatMap(family -> family.classes().stream().sorted())
                .collect(Collectors.joining(", "));
    }

    /** Return the name that llama.cpp has for it, which also starts its metadata keys. */
    String architecture() {
        return architecture;
    }

    Biases biases() {
        return biases;
    }

    /** Return whether there are norms on the queries and keys of each head. */
    boolean normalizesHeads() {
        return normalizesHeads;
    }

    /** Return whether attention and feed-forward are normalized after as well as before. */
    boolean normalizesTwice() {
        return normalizesTwice;
    }

    /** Return what is added to norms: Gemma stores their distance from one. */
    float normShift() {
        return this == GEMMA3 ? 1 : 0;
    }

    /** Return whether the rows of queries and keys are reordered for the rotation: llama.cpp pairs neighbours. */
    boolean rotatesNeighbours() {
        return this == LLAMA;
    }

    /** Return the activation functions under which this architecture is the same. */
    List<String> activations() {
        return this == GEMMA3 ? List.of("gelu_pytorch_tanh") : List.of("silu", "swish");
    }
}
