package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How positions are rotated into queries and keys.
 *
 * @param base base of the frequencies
 * @param slidingBase base in layers with a sliding window, if they have their own
 * @param kind stretching: {@code default}, {@code linear}, {@code yarn}, {@code llama3} or {@code dynamic}
 * @param parameters further numbers of the stretching, by name
 */
record Rope(double base, OptionalDouble slidingBase, String kind, JsonObject parameters) {
    private static final List<String> KINDS = List.of("default", "linear", "yarn", "llama3", "dynamic");

    /** Read what a configuration says, as older and newer versions of transformers write it. */
    static Rope read(JsonObject config, Family family, int context) {
        var all = config.object("rope_parameters")
                .or(() -> config.object("rope_scaling"))
                .orElseGet(() -> JsonObject.empty(config.source()));
        var full = all.object("full_attention").orElse(all);
        double base = first(
                full.number("rope_theta"), config.number("rope_theta"), family == Family.GEMMA3 ? 1_000_000 : 10_000);
        var sliding = OptionalDouble.empty();
        if (family == Family.GEMMA3) {
            var own = all.object("sliding_attention")
                    .map(parameters -> parameters.number("rope_theta"))
                    .orElseGet(OptionalDouble::empty);
            sliding = OptionalDouble.of(first(own, config.number("rope_local_base_freq"), 10_000));
        }
        String kind = full.string("rope_type")
                .or(() -> full.string("type"))
                .orElse("default")
                .toLowerCase(Locale.ROOT);
        if (!KINDS.contains(kind) || (kind.equals("llama3") && family != Family.LLAMA)) {
            throw config.unsupported(
                    "rope_scaling", Fault.quote(kind), "only " + String.join(", ", KINDS) + " can be converted");
        }
        double part = first(full.number("partial_rotary_factor"), config.number("partial_rotary_factor"), 1);
        if (part != 1) {
            throw config.unsupported("partial_rotary_factor", String.valueOf(part), "only 1 can be converted");
        }
        return new Rope(base, sliding, kind, full.orElse(defaults(config, context)));
    }

    private static JsonObject defaults(JsonObject config, int context) {
        long original = config.integer("original_max_position_embeddings").orElse(context);
        return JsonObject.parse(
                config.source(),
                ("{\"original_max_position_embeddings\":" + original + "}").getBytes(StandardCharsets.UTF_8));
    }

    private static double first(OptionalDouble one, OptionalDouble two, double three) {
        return one.orElse(two.orElse(three));
    }

    /** Put what llama.cpp reads of it. */
    void describe(Metadata.Builder metadata, String architecture) {
        String prefix = architecture + ".rope.";
        metadata.put(prefix + "freq_base", (float) base);
        slidingBase.ifPresent(value -> metadata.put(prefix + "freq_base_swa", (float) value));
        if (!kind.equals("linear") && !kind.equals("yarn")) {
            return;
        }
        metadata.put(prefix + "scaling.type", kind).put(prefix + "scaling.factor", (float) number("factor"));
        if (kind.equals("yarn")) {
            metadata.putUnsigned(
                    prefix + "scaling.original_context_length",
                    parameters.count("original_max_position_embeddings").orElseThrow());
            copy(metadata, "extrapolation_factor", prefix + "scaling.yarn_ext_factor");
            copy(
                    metadata,
                    parameters.has("attention_factor") ? "attention_factor" : "attn_factor",
                    prefix + "scaling.yarn_attn_factor");
            copy(metadata, "beta_fast", prefix + "scaling.yarn_beta_fast");
            copy(metadata, "beta_slow", prefix + "scaling.yarn_beta_slow");
        }
    }

    private void copy(Metadata.Builder metadata, String name, String key) {
        parameters.number(name).ifPresent(value -> metadata.put(key, (float) value));
    }

    private double number(String name) {
        return parameters.number(name).orElseThrow(() -> parameters.missing(name));
    }

    /** Return whether llama.cpp needs a divisor for each frequency. */
    boolean hasFactors() {
        return kind.equals("llama3");
    }

    /**
     * Return the divisors of the frequencies: long waves are stretched, short ones are not, those between in part.
     *
     * <p>Computed in single precision, as the reference is.
     *
     * @param size dimensions of a head
     */
    float[] factors(int size) {
        float factor = (float) parameters.number("factor").orElse(8);
        float low = (float) parameters.number("low_freq_factor").orElse(1);
        float high = (float) parameters.number("high_freq_factor").orElse(4);
        if (high <= low) {
            throw parameters.unsupported("high_freq_factor", String.valueOf(high), "it must be above low_freq_factor");
        }
        float original =
                (float) parameters.count("original_max_position_embeddings").orElse(8192);
        var factors = new float[size / 2];
        for (int i = 0; i < factors.length; i++) {
            float frequency = 1 / (float) Math.pow(base, 2f * i / size);
            float wave = (float) (2 * Math.PI) / frequency;
            if (wave < original / high) {
                factors[i] = 1;
            } else if (wave > original / low) {
                factors[i] = factor;
            } else {
                float smooth = (original / wave - low) / (high - low);
                factors[i] = 1 / ((1 - smooth) / factor + smooth);
            }
        }
        return factors;
    }
}
