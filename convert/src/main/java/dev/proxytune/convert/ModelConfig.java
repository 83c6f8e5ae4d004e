package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.ModelCheck;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Sizes and constants of a model.
 *
 * @param family architecture
 * @param layers number of blocks
 * @param context tokens that it was trained to look back on
 * @param width length of the vector of a token
 * @param feedForward length of the inner vector of the feed-forward part
 * @param heads heads of queries
 * @param keyHeads heads of keys and of values, which divide those of queries
 * @param headSize length of a head's vectors
 * @param statesHeadSize whether the metadata names that length
 * @param epsilon what keeps norms from dividing by zero
 * @param rope rotation of positions; absent if the model is already GGUF
 * @param vocabulary tokens, if the configuration tells
 * @param tied whether the output multiplies by the embedding
 * @param slidingWindow window that some layers look back on
 * @param softCap bound of the final logits
 */
record ModelConfig(
        Family family,
        int layers,
        int context,
        int width,
        int feedForward,
        int heads,
        int keyHeads,
        int headSize,
        boolean statesHeadSize,
        double epsilon,
        Optional<Rope> rope,
        Optional<Integer> vocabulary,
        boolean tied,
        Optional<SlidingWindow> slidingWindow,
        OptionalDouble softCap) {
    private static final String LAYERS = "num_hidden_layers";
    private static final String FILE = "config.json";

    /**
     * Read the configuration of a folder.
     *
     * @throws InvalidModelException if it is missing, of another architecture, or cannot be
     */
    static ModelConfig read(Path folder) {
        var root = JsonObject.read(folder.resolve(FILE));
        var family = family(root);
        if (root.has("quantization_config")) {
            throw Fault.of(
                    root.source(),
                    "the weights are quantized ('quantization_config')",
                    "take the model as it was before it was quantized");
        }
        var config = root.object("text_config").map(text -> text.orElse(root)).orElse(root);
        return family == Family.GEMMA3 ? gemma(config) : common(config, family);
    }

    private static Family family(JsonObject root) {
        var classes = root.stringList("architectures");
        if (classes.isEmpty()) {
            throw Fault.of(root.source(), "there is no 'architectures'", "it must name one of " + Family.allClasses());
        }
        return Family.ofClass(classes.getFirst())
                .orElseThrow(() -> Fault.of(
                        root.source(),
                        "the architecture is " + Fault.quote(classes.getFirst()),
                        "only these can be converted: " + Family.allClasses()));
    }

    private static ModelConfig common(JsonObject config, Family family) {
        int width = required(config, "hidden_size");
        int heads = required(config, "num_attention_heads");
        int context = config.count("max_position_embeddings").orElse(family == Family.LLAMA ? 2048 : 32768);
        var headSize = config.count("head_dim");
        requireActivation(config, family, "hidden_act");
        return new ModelConfig(
                        family,
                        layers(config).orElseThrow(() -> config.missing(LAYERS)),
                        context,
                        width,
                        required(config, "intermediate_size"),
                        heads,
                        config.count("num_key_value_heads").orElse(heads),
                        headSize.orElse(family == Family.QWEN3 ? 128 : width / heads),
                        headSize.isPresent() || family != Family.QWEN2,
                        config.number("rms_norm_eps").orElse(1e-6),
                        Optional.of(Rope.read(config, family, context)),
                        config.count("vocab_size"),
                        config.flag("tie_word_embeddings").orElse(false),
                        Optional.empty(),
                        OptionalDouble.empty())
                .checked(config);
    }

    /** Folders of larger models leave out what is as in the smallest. */
    private static ModelConfig gemma(JsonObject config) {
        int context = config.count("max_position_embeddings").orElse(131072);
        requireActivation(config, Family.GEMMA3, "hidden_activation");
        if (config.has("attn_logit_softcapping")) {
            throw config.unsupported("attn_logit_softcapping", "set", "only models without it can be converted");
        }
        if (config.isSet("use_bidirectional_attention")) {
            throw config.unsupported(
                    "use_bidirectional_attention", "set", "only models that continue texts are converted");
        }
        int layers = layers(config).orElse(26);
        return new ModelConfig(
                        Family.GEMMA3,
                        layers,
                        context,
                        config.count("hidden_size").orElse(2304),
                        config.count("intermediate_size").orElse(9216),
                        config.count("num_attention_heads").orElse(8),
                        config.count("num_key_value_heads").orElse(4),
                        config.count("head_dim").orElse(256),
                        true,
                        config.number("rms_norm_eps").orElse(1e-6),
                        Optional.of(Rope.read(config, Family.GEMMA3, context)),
                        config.count("vocab_size"),
                        config.flag("tie_word_embeddings").orElse(true),
                        Optional.of(SlidingWindow.read(config, layers)),
                        config.number("final_logit_softcapping"))
                .checked(config)
                .withUsualScale(config);
    }

    /** llama.cpp divides by the root of the head's size, in the largest model by that of the width for each head. */
    private ModelConfig withUsualScale(JsonObject config) {
        int usual = layers == 62 ? width / heads : headSize;
        double scalar = config.number("query_pre_attn_scalar").orElse(256);
        if (scalar != usual) {
            throw config.unsupported(
                    "query_pre_attn_scalar", String.valueOf(scalar), "llama.cpp computes with " + usual + " here");
        }
        return this;
    }

    /**
     * Read the sizes of a GGUF file that is one of these families.
     *
     * @throws InvalidModelException if it is not, or does not say them
     */
    static ModelConfig read(GgufHeader header) {
        String name = header.architecture().orElse("");
        var family = Family.ofArchitecture(name)
                .orElseThrow(() -> Fault.of(
                        header.source(),
                        "the architecture is " + Fault.quote(name),
                        "give the model that the adapter was trained on, of llama, qwen2, qwen3 or gemma3"));
        int width = size(header, name + ".embedding_length");
        int heads = size(header, name + ".attention.head_count");
        boolean statesHeadSize = header.metadata().contains(name + ".attention.key_length");
        return new ModelConfig(
                family,
                layers(header, name + ".block_count"),
                size(header, name + ".context_length"),
                width,
                size(header, name + ".feed_forward_length"),
                heads,
                header.metadata().contains(name + ".attention.head_count_kv")
                        ? size(header, name + ".attention.head_count_kv")
                        : heads,
                statesHeadSize ? size(header, name + ".attention.key_length") : width / heads,
                statesHeadSize,
                1e-6,
                Optional.empty(),
                header.tensor("token_embd.weight").map(tensor -> Math.toIntExact(tensor.rows())),
                header.isTied(),
                Optional.empty(),
                OptionalDouble.empty());
    }

    private static int size(GgufHeader header, String key) {
        long value = header.metadata().integer(key).orElse(0);
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw Fault.of(header.source(), "there is no usable " + Fault.quote(key), "take another file");
        }
        return (int) value;
    }

    /** Refuse more layers than llama.cpp computes, each of which would be planned for here. */
    private static Optional<Integer> layers(JsonObject config) {
        Optional<Integer> layers = config.count(LAYERS);
        if (layers.isPresent() && layers.get() > ModelCheck.MOST_LAYERS) {
            throw config.unsupported(
                    LAYERS,
                    layers.get().toString(),
                    "llama.cpp computes at most " + ModelCheck.MOST_LAYERS + " layers");
        }
        return layers;
    }

    private static int layers(GgufHeader header, String key) {
        int layers = size(header, key);
        if (layers > ModelCheck.MOST_LAYERS) {
            throw Fault.of(
                    header.source(),
                    Fault.quote(key) + " is " + layers,
                    "llama.cpp computes at most " + ModelCheck.MOST_LAYERS + " layers");
        }
        return layers;
    }

    private static int required(JsonObject config, String name) {
        return config.count(name).orElseThrow(() -> config.missing(name));
    }

    private static void requireActivation(JsonObject config, Family family, String name) {
        String found = config.string(name).orElse(family.activations().getFirst());
        if (!family.activations().contains(found)) {
            throw config.unsupported(
                    name,
                    Fault.quote(found),
                    "for " + family.architecture() + " llama.cpp computes "
                            + family.activations().getFirst());
        }
    }

    private ModelConfig checked(JsonObject config) {
        if (heads % keyHeads != 0 || headSize % 2 != 0 || headSize == 0) {
            throw Fault.of(
                    config.source(),
                    heads + " heads of " + headSize + " values cannot share " + keyHeads + " heads of keys",
                    Fault.DAMAGED);
        }
        if ((long) heads * headSize > Integer.MAX_VALUE) {
            throw Fault.of(config.source(), heads + " heads of " + headSize + " values are too many", Fault.DAMAGED);
        }
        return this;
    }

    /** Put what llama.cpp reads of it. */
    void describe(Metadata.Builder metadata, int tokens) {
        String prefix = family.architecture() + ".";
        metadata.putUnsigned(prefix + "block_count", layers)
                .putUnsigned(prefix + "context_length", context)
                .putUnsigned(prefix + "embedding_length", width)
                .putUnsigned(prefix + "feed_forward_length", feedForward)
                .putUnsigned(prefix + "attention.head_count", heads)
                .putUnsigned(prefix + "attention.head_count_kv", keyHeads)
                .put(prefix + "attention.layer_norm_rms_epsilon", (float) epsilon);
        if (statesHeadSize) {
            metadata.putUnsigned(prefix + "attention.key_length", headSize)
                    .putUnsigned(prefix + "attention.value_length", headSize);
        }
        rope.ifPresent(rotation -> rotation.describe(metadata, family.architecture()));
        if (family == Family.LLAMA) {
            metadata.putUnsigned(prefix + "vocab_size", tokens).putUnsigned(prefix + "rope.dimension_count", headSize);
        }
        slidingWindow.ifPresent(window -> window.describe(metadata, prefix));
        softCap.ifPresent(cap -> metadata.put(prefix + "final_logit_softcapping", (float) cap));
    }
}
