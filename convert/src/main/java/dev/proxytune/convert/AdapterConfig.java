package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What PEFT says about a LoRA adapter.
 *
 * @param base name of the model that it was trained on, if it says one
 * @param rank rank of most changes
 * @param alpha numerator of the scale of most changes
 * @param scalesByRoot whether the denominator is the root of the rank, not the rank
 * @param ranks ranks of modules whose names match
 * @param alphas numerators of modules whose names match
 */
record AdapterConfig(
        Optional<String> base, int rank, double alpha, boolean scalesByRoot, List<ByName> ranks, List<ByName> alphas) {

    /**
     * A value for modules of some names.
     *
     * @param name what the name of the module ends with
     * @param value the value
     */
    record ByName(NamePattern name, double value) {}

    /**
     * Read the configuration of a folder.
     *
     * @throws InvalidModelException if it is missing, or is one that llama.cpp cannot apply
     */
    static AdapterConfig read(Path folder) {
        var config = JsonObject.read(folder.resolve(AdapterConverter.CONFIG));
        String type = config.string("peft_type").orElse("LORA");
        if (!type.equals("LORA")) {
            throw config.unsupported("peft_type", Fault.quote(type), "only LORA can be converted");
        }
        for (String member : List.of(
                "use_dora",
                "fan_in_fan_out",
                "lora_bias",
                "modules_to_save",
                "trainable_token_indices",
                "layer_replication")) {
            if (config.isSet(member)) {
                throw config.unsupported(
                        member,
                        "set",
                        "llama.cpp cannot apply that, so merge the adapter into the model and convert it");
            }
        }
        requireNothingOf(config, "bias", List.of("none"));
        config.stringIfAny("init_lora_weights")
                .filter(kind -> kind.startsWith("pissa") || kind.startsWith("olora") || kind.startsWith("corda"))
                .ifPresent(kind -> {
                    throw config.unsupported(
                            "init_lora_weights",
                            Fault.quote(kind),
                            "this adapter belongs to a changed base model, so save it as a plain one with PEFT");
                });
        double alpha = config.number("lora_alpha").orElseThrow(() -> config.missing("lora_alpha"));
        if (alpha == 0) {
            throw config.unsupported("lora_alpha", "0", "the adapter would change nothing");
        }
        return new AdapterConfig(
                config.string("base_model_name_or_path"),
                config.count("r").orElseThrow(() -> config.missing("r")),
                alpha,
                config.flag("use_rslora").orElse(false),
                values(config, "rank_pattern"),
                values(config, "alpha_pattern"));
    }

    private static void requireNothingOf(JsonObject config, String member, List<String> allowed) {
        config.string(member).filter(value -> !allowed.contains(value)).ifPresent(value -> {
            throw config.unsupported(member, Fault.quote(value), "merge the adapter into the model and convert that");
        });
    }

    private static List<ByName> values(JsonObject config, String member) {
        var patterns = config.object(member).orElseGet(() -> JsonObject.empty(config.source()));
        return patterns.names().stream()
                .map(name -> {
                    double value = patterns.number(name).orElseThrow(() -> patterns.missing(name));
                    return new ByName(NamePattern.of(name, config.source() + ": " + Fault.quote(member)), value);
                })
                .toList();
    }

    private static double value(List<ByName> values, String module, double otherwise) {
        return values.stream()
                .filter(one -> one.name().matches(module))
                .findFirst()
                .map(ByName::value)
                .orElse(otherwise);
    }

    /** Return the rank of a module's change. */
    int rank(String module) {
        return (int) value(ranks, module, rank);
    }

    /** Return by what the product of a module's two matrices is multiplied. */
    double scale(String module) {
        double size = rank(module);
        return value(alphas, module, alpha) / (scalesByRoot ? Math.sqrt(size) : size);
    }
}
