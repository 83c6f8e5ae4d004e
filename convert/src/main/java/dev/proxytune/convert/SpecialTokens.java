package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** The tokens with a part to play: which begin and end a text, and whether they are put there. */
final class SpecialTokens {
    /** Names in the files, and in the keys. */
    private static final Map<String, String> KEYS = Map.of(
            "bos", "bos_token_id",
            "eos", "eos_token_id",
            "unk", "unknown_token_id",
            "sep", "seperator_token_id",
            "pad", "padding_token_id",
            "mask", "mask_token_id",
            "eot", "eot_token_id",
            "eom", "eom_token_id");

    private static final String PREFIX = "tokenizer.ggml.";

    private final Map<String, Integer> listed = new LinkedHashMap<>();
    private final Map<String, Optional<String>> texts = new LinkedHashMap<>();
    private final SequencedMap<String, Boolean> adds = new LinkedHashMap<>();
    private final List<String> roles = new ArrayList<>(List.of("bos", "eos", "unk", "sep", "pad", "mask"));
    private final TokenizerFolder folder;

    private SpecialTokens(TokenizerFolder folder) {
        this.folder = folder;
    }

    /** Put what the files of a tokenizer say, and a model's configuration where they do not. */
    static void describe(
            TokenizerFolder folder, JsonObject config, Family family, TokenTable tokens, Metadata.Builder metadata) {
        var special = new SpecialTokens(folder);
        special.readTexts();
        special.putIds(config, tokens, metadata);
        special.adds.forEach((role, value) -> metadata.put(PREFIX + "add_" + role + "_token", value));
        if (family == Family.LLAMA) {
            putRelatives(tokens, metadata);
        }
    }

    private void readTexts() {
        folder.json()
                .map(AddedToken::ofTokenizer)
                .orElse(List.of())
                .forEach(token -> listed.putIfAbsent(token.text(), token.id()));
        for (String role : KEYS.keySet()) {
            texts.put(role, text(role));
        }
        folder.json().flatMap(json -> json.object("post_processor")).ifPresent(this::readTemplates);
        for (String role : roles) {
            folder.config().flagIfAny("add_" + role + "_token").ifPresent(value -> adds.put(role, value));
        }
        adds.keySet().retainAll(List.of("bos", "eos", "sep"));
    }

    private Optional<String> text(String role) {
        String name = role + "_token";
        return folder.config()
                .stringIfAny(name)
                .or(() -> folder.config().objectIfAny(name).flatMap(token -> token.stringIfAny("content")));
    }

    /** Read what is put around a text: the first and last token of the template, if they are special. */
    private void readTemplates(JsonObject processor) {
        var processors = processor.isList("processors") ? processor.objectList("processors") : List.of(processor);
        for (var template : processors) {
            var single = template.objectList("single");
            if (!template.string("type").orElse("").equals("TemplateProcessing")) {
                continue;
            }
            if (single.size() > 1) {
                special(single.getFirst()).ifPresent(this::beginWith);
                special(single.getLast()).ifPresent(this::endWith);
            }
            separates(template.objectList("pair"), single).ifPresent(value -> adds.put("sep", value));
        }
    }

    private static Optional<String> special(JsonObject step) {
        return step.object("SpecialToken").flatMap(token -> token.string("id"));
    }

    private void beginWith(String token) {
        texts.compute("bos", (_, known) -> known == null || known.isEmpty() ? Optional.of(token) : known);
        adds.put("bos", is("bos", token) || text("cls").filter(token::equals).isPresent());
    }

    private void endWith(String token) {
        var known = texts.getOrDefault("eos", Optional.empty());
        if (known.isPresent() && !is("eos", token)) {
            // The token of the files then ends a turn, that of the template a text.
            roles.add("eot");
            texts.put("eot", known);
        }
        texts.put("eos", Optional.of(token));
        adds.put("eos", true);
    }

    private boolean is(String role, String token) {
        return texts.getOrDefault(role, Optional.empty()).filter(token::equals).isPresent();
    }

    /** Return whether a separator stands between the two texts of a pair, if anything does. */
    private Optional<Boolean> separates(List<JsonObject> pair, List<JsonObject> single) {
        var first = single.size() > 1 ? special(single.getFirst()) : Optional.<String>empty();
        var last = single.size() > 1 ? special(single.getLast()) : Optional.<String>empty();
        if (pair.isEmpty()) {
            return Optional.empty();
        }
        int from = first.isPresent() && special(pair.getFirst()).equals(first) ? 1 : 0;
        int to = pair.size() - (last.isPresent() && special(pair.getLast()).equals(last) ? 1 : 0);
        if (to - from < 3 || !isText(pair.get(from), "A") || !isText(pair.get(to - 1), "B")) {
            return Optional.empty();
        }
        boolean ends = last.isEmpty() && isSeparator(pair.get(from + 1));
        return Optional.of(ends || (to - from == 4 && isSeparator(pair.get(from + 2))));
    }

    private static boolean isText(JsonObject step, String name) {
        return step.object("Sequence")
                .flatMap(text -> text.string("id"))
                .filter(name::equals)
                .isPresent();
    }

    private boolean isSeparator(JsonObject step) {
        return special(step)
                .filter(token -> is("sep", token) || is("eos", token))
                .isPresent();
    }

    private void putIds(JsonObject config, TokenTable tokens, Metadata.Builder metadata) {
        for (String role : roles) {
            var byText = texts.getOrDefault(role, Optional.empty());
            var id = byText.map(listed::get)
                    .map(OptionalInt::of)
                    .filter(token -> token.getAsInt() < tokens.size())
                    .or(() -> configured(config, role, tokens.size()))
                    // Where only the vocabulary itself knows, a text must at least begin and end.
                    .or(() -> byText.filter(_ -> role.equals("bos") || role.equals("eos"))
                            .map(tokens::find)
                            .filter(OptionalInt::isPresent));
            id.ifPresent(token -> metadata.putUnsigned(PREFIX + KEYS.get(role), token.getAsInt()));
        }
    }

    private static Optional<OptionalInt> configured(JsonObject config, String role, int size) {
        String name = role + "_token_id";
        var id = config.integerIfAny(name);
        if (!config.has(name)) {
            id = config.objectIfAny("text_config")
                    .map(text -> text.integerIfAny(name))
                    .orElse(id);
        }
        return id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < size
                ? Optional.of(OptionalInt.of((int) id.getAsLong()))
                : Optional.empty();
    }

    /** Two relatives of Llama are known by nothing but the size of their vocabularies. */
    private static void putRelatives(TokenTable tokens, Metadata.Builder metadata) {
        if (tokens.size() == 32016) {
            metadata.putUnsigned(PREFIX + "prefix_token_id", 32007)
                    .putUnsigned(PREFIX + "suffix_token_id", 32008)
                    .putUnsigned(PREFIX + "middle_token_id", 32009)
                    .putUnsigned(PREFIX + "eot_token_id", 32010);
        }
        if (tokens.size() == 49152) {
            metadata.put(PREFIX + "add_bos_token", false);
        }
    }
}
