package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.util.List;

/** What {@code tokenizer.json} says about spaces in a SentencePiece vocabulary. */
final class SpaceRules {
    private static final String SPACE = "\u2581";

    private SpaceRules() {}

    /**
     * Return whether a space is put before a text.
     *
     * @throws InvalidModelException if text is changed in other ways, which llama.cpp cannot
     */
    static boolean addsSpace(JsonObject tokenizer) {
        boolean adds = false;
        for (var step : steps(tokenizer, "normalizer", "normalizers")) {
            String type = step.string("type").orElse("");
            boolean isSpace = switch (type) {
                case "Prepend" -> step.string("prepend").orElse("").equals(SPACE);
                case "Replace" ->
                    step.string("content").orElse("").equals(SPACE)
                            && step.object("pattern")
                                    .flatMap(pattern -> pattern.string("String"))
                                    .orElse("")
                                    .equals(" ");
                default -> false;
            };
            if (!isSpace) {
                throw unknown(tokenizer, "normalizer", type);
            }
            adds |= type.equals("Prepend");
        }
        for (var step : steps(tokenizer, "pre_tokenizer", "pretokenizers")) {
            String type = step.string("type").orElse("");
            // Gemma cuts where a space follows, which changes nothing, as no token has a space within.
            if (!type.equals("Metaspace") && !type.equals("Split")) {
                throw unknown(tokenizer, "pre_tokenizer", type);
            }
            boolean never = step.string("prepend_scheme").orElse("").equals("never");
            adds |= type.equals("Metaspace")
                    && !never
                    && step.flag("add_prefix_space").orElse(true);
        }
        return adds;
    }

    private static List<JsonObject> steps(JsonObject tokenizer, String name, String names) {
        return tokenizer
                .object(name)
                .map(rules ->
                        rules.string("type").orElse("").equals("Sequence") ? rules.objectList(names) : List.of(rules))
                .orElse(List.of());
    }

    private static InvalidModelException unknown(JsonObject tokenizer, String name, String type) {
        return Fault.of(
                tokenizer.source(),
                "its " + name + " has a step " + Fault.quote(type) + ", which llama.cpp cannot do",
                "take a folder that has a tokenizer.model");
    }
}
