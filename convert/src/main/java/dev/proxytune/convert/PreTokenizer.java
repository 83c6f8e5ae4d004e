package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds llama.cpp's name for the way in which a byte-level tokenizer splits text before it merges bytes.
 *
 * <p>llama.cpp's own converter tokenizes a text and looks the result up, which takes the tokenizer itself. The rules that
 * {@code tokenizer.json} states decide as well, for vocabularies that nobody has seen before too.
 */
final class PreTokenizer {
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String TAIL = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 =
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + TAIL;
    private static final String QWEN2 =
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + TAIL;
    private static final String QWEN35 =
            CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" + TAIL;
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String DIGITS = "digits";

    /** Names by what splits; the bytes come last everywhere. */
    private static final Map<List<String>, String> NAMES = Map.of(
            List.of(LLAMA3), "smaug-bpe",
            List.of(QWEN2), "qwen2",
            List.of(QWEN35), "qwen35",
            List.of(GPT2), "gpt-2",
            List.of(DIGITS, GPT2), "smollm");

    /** The same for vocabularies in which a whole piece is looked up before anything is merged. */
    private static final Map<List<String>, String> WHOLE_PIECE_NAMES = Map.of(List.of(LLAMA3), "llama-bpe");

    private PreTokenizer() {}

    /**
     * Return the name.
     *
     * @param tokenizer contents of {@code tokenizer.json}
     * @throws InvalidModelException if llama.cpp has no such rules, as far as is known here
     */
    static String name(JsonObject tokenizer) {
        var steps = tokenizer.object("pre_tokenizer").map(PreTokenizer::steps).orElse(List.of());
        var splits = splits(steps);
        boolean wholePieces = tokenizer
                .object("model")
                .flatMap(model -> model.flag("ignore_merges"))
                .orElse(false);
        String normalizer = tokenizer
                .object("normalizer")
                .flatMap(rules -> rules.string("type"))
                .orElse("NFC");
        return splits.filter(_ -> normalizer.equals("NFC"))
                .map((wholePieces ? WHOLE_PIECE_NAMES : NAMES)::get)
                .orElseThrow(() -> unknown(tokenizer, steps));
    }

    private static List<JsonObject> steps(JsonObject rules) {
        return rules.string("type").orElse("").equals("Sequence") ? rules.objectList("pretokenizers") : List.of(rules);
    }

    private static Optional<List<String>> splits(List<JsonObject> steps) {
        var splits = new ArrayList<String>();
        for (int i = 0; i < steps.size(); i++) {
            var step = steps.get(i);
            boolean isLast = i == steps.size() - 1;
            String type = step.string("type").orElse("");
            var split = switch (type) {
                case "Split" -> pattern(step);
                case "Digits" ->
                    step.flag("individual_digits").orElse(false) ? Optional.of(DIGITS) : Optional.<String>empty();
                case "ByteLevel" -> Optional.of(step.flag("use_regex").orElse(true) ? GPT2 : "");
                default -> Optional.<String>empty();
            };
            boolean isBytes =
                    type.equals("ByteLevel") && !step.flag("add_prefix_space").orElse(true);
            if (split.isEmpty() || isLast != isBytes) {
                return Optional.empty();
            }
            split.filter(text -> !text.isEmpty()).ifPresent(splits::add);
        }
        return steps.isEmpty() ? Optional.empty() : Optional.of(splits);
    }

    /** Return the pattern of a step that cuts a text into all its matches. */
    private static Optional<String> pattern(JsonObject step) {
        boolean inverted = step.flag("invert").orElse(false);
        String behavior = step.string("behavior").orElse("");
        if (!behavior.equals(inverted ? "Removed" : "Isolated")) {
            return Optional.empty();
        }
        return step.object("pattern").flatMap(pattern -> pattern.string("Regex"));
    }

    private static InvalidModelException unknown(JsonObject tokenizer, List<JsonObject> steps) {
        String found = steps.isEmpty()
                ? "has no pre-tokenizer"
                : "splits text by rules that are not known here ("
                        + String.join(
                                ", ",
                                steps.stream()
                                        .map(step -> step.string("type").orElse("?"))
                                        .toList())
                        + ")";
        return Fault.of(
                tokenizer.source(),
                found,
                "if llama.cpp has a name for them, such as llama-bpe or qwen2, give it by --pre NAME");
    }
}
