package dev.proxytune.tune;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.ModelCheck;
import dev.proxytune.gguf.NumberArray;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reads sizes and constants from a file, as llama.cpp v0.5.0 does, and refuses what training does not know. */
final class ShapeReader {
    private static final int USUAL_WINDOW_PERIOD = 6;

    private final GgufHeader header;
    private final String prefix;

    private ShapeReader(GgufHeader header) {
        this.header = header;
        this.prefix = header.architecture().orElse("") + ".";
    }

    static ModelShape read(GgufHeader header) {
        ModelCheck.requireModel(header);
        return new ShapeReader(header).read();
    }

    private ModelShape read() {
        String label = header.architecture().orElse("");
        Architecture architecture = Architecture.byLabel(label)
                .orElseThrow(() -> refusal(
                        "the architecture is '" + label + "'",
                        "one that can be trained (" + Architecture.labels() + ")",
                        "take a base of one of these"));
        refuseVariants();
        int width = whole("embedding_length");
        int layers = whole("block_count");
        int heads = first("attention.head_count");
        return new ModelShape(
                architecture,
                width,
                layers,
                heads,
                header.metadata().contains(prefix + "attention.head_count_kv")
                        ? first("attention.head_count_kv")
                        : heads,
                whole("attention.key_length", width / heads),
                first("feed_forward_length"),
                Math.toIntExact(header.tensor("token_embd.weight").orElseThrow().dimension(1)),
                whole("context_length"),
                real("attention.layer_norm_rms_epsilon", 0),
                real("rope.freq_base", 10_000),
                ropeScale(),
                architecture == Architecture.GEMMA3 ? window(layers) : ModelShape.Window.NONE,
                header.isTied());
    }

    private void refuseVariants() {
        if (header.metadata().integer(prefix + "expert_count").orElse(0) > 0) {
            throw refusal("the model is a mixture of experts", "a dense one", "take a dense base");
        }
        if (real("final_logit_softcapping", 0) != 0) {
            throw refusal("key '" + prefix + "final_logit_softcapping' is set", "none", "take another base");
        }
        String scaling = ropeScaling();
        if (!Set.of("none", "linear").contains(scaling) || real("rope.scaling.attn_factor", 1) != 1) {
            throw refusal(
                    "key '" + prefix + "rope.scaling.type' is '" + scaling + "'",
                    "none or linear, which can be trained",
                    "take a base of a shorter context");
        }
    }

    private String ropeScaling() {
        return header.metadata().string(prefix + "rope.scaling.type").orElse("linear");
    }

    private float ropeScale() {
        String key = header.metadata().contains(prefix + "rope.scaling.factor")
                ? "rope.scaling.factor"
                : "rope.scale_linear";
        float factor = real(key, 0);
        return factor == 0 || ropeScaling().equals("none") ? 1 : 1 / factor;
    }

    private ModelShape.Window window(int layers) {
        int length = whole("attention.sliding_window", 0);
        if (length == 0) {
            return ModelShape.Window.NONE;
        }
        return new ModelShape.Window(length, real("rope.freq_base_swa", 10_000), windowLayers(layers));
    }

    private Set<Integer> windowLayers(int layers) {
        String key = prefix + "attention.sliding_window_pattern";
        Optional<MetadataValue> pattern = header.metadata().value(key);
        if (pattern.orElse(null) instanceof NumberArray array) {
            if (array.size() < layers) {
                throw refusal(
                        "key '" + key + "' has " + array.size() + " entries", layers + " of them", "convert it anew");
            }
            return IntStream.range(0, layers)
                    .filter(i -> array.longAt(i) != 0)
                    .boxed()
                    .collect(Collectors.toSet());
        }
        long period = header.metadata().integer(key).orElse(USUAL_WINDOW_PERIOD);
        Set<Integer> numbers = new HashSet<>();
        for (int i = 0; i < layers; i++) {
            if (period == 0 || i % period < period - 1) {
                numbers.add(i);
            }
        }
        return numbers;
    }

    private int whole(String suffix) {
        return Math.toIntExact(header.metadata().integer(prefix + suffix).orElseThrow());
    }

    private int whole(String suffix, int otherwise) {
        return Math.toIntExact(header.metadata().integer(prefix + suffix).orElse(otherwise));
    }

    /** Return a number that may be given for each layer anew, all of which are known to be equal. */
    private int first(String suffix) {
        return header.metadata().value(prefix + suffix).orElse(null) instanceof NumberArray array
                ? Math.toIntExact(array.longAt(0))
                : whole(suffix);
    }

    private float real(String suffix, double otherwise) {
        OptionalDouble value = header.metadata().real(prefix + suffix);
        return (float) value.orElse(otherwise);
    }

    private InvalidModelException refusal(String found, String expected, String advice) {
        return new InvalidModelException(header.source() + ": " + found + ", expected " + expected + "; " + advice);
    }
}
