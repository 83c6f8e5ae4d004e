package dev.proxytune.gguf;

import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Checks the tokenizer's tables, which llama.cpp indexes and throws from without a handler once a model is loaded. */
final class TokenizerCheck {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TOKENS = PREFIX + "tokens";
    private static final int BYTE_TYPE = 6;
    private static final int MOST_TOKENS = 1 << 24;
    /** llama.cpp inserts tokens of some vocabularies into a tree by recursion, one call a byte. */
    private static final int LONGEST_TREE_TOKEN = 2048;

    /** A vocabulary and what llama.cpp assumes of it if keys are absent; -1 stands for no token. */
    private record Kind(boolean addsBos, boolean addsEos, int bos, int eos, int unknown) {}

    private static final Map<String, Kind> KINDS = Map.of(
            "llama", new Kind(true, false, 1, 2, 0),
            "gpt2", new Kind(false, false, 11, 11, -1),
            "gemma4", new Kind(false, false, -1, -1, -1),
            "hybriddna", new Kind(false, false, 11, 11, -1),
            "whitespace", new Kind(false, false, 11, 11, -1),
            "bert", new Kind(true, false, 101, -1, 100),
            "t5", new Kind(false, true, -1, 1, 2),
            "rwkv", new Kind(false, false, -1, -1, -1),
            "plamo2", new Kind(false, false, 1, 2, 0));

    private final ModelFacts facts;
    private final String model;
    private final Kind kind;
    private final TextArray tokens;

    private TokenizerCheck(ModelFacts facts, String model, Kind kind, TextArray tokens) {
        this.facts = facts;
        this.model = model;
        this.kind = kind;
        this.tokens = tokens;
    }

    /** Check the tokenizer and return the number of tokens. */
    static int check(ModelFacts facts) {
        String key = PREFIX + "model";
        String model = facts.string(key)
                .orElseThrow(() -> Refusal.of(
                        facts.header().source(),
                        "there is no tokenizer (key '" + key + "')",
                        "one of "
                                + String.join(
                                        ", ", KINDS.keySet().stream().sorted().toList()),
                        "convert the model with its tokenizer files beside it"));
        var kind = KINDS.get(model);
        if (kind == null) {
            throw facts.bad(
                    "key '" + key + "' is " + Refusal.quote(model),
                    "one of "
                            + String.join(", ", KINDS.keySet().stream().sorted().toList()));
        }
        var check = new TokenizerCheck(facts, model, kind, tokens(facts));
        check.checkTables();
        check.checkTexts();
        check.checkMerges();
        check.checkSpecials();
        CharsmapCheck.check(facts);
        return check.tokens.size();
    }

    private static TextArray tokens(ModelFacts facts) {
        var value = facts.header()
                .metadata()
                .value(TOKENS)
                .orElseThrow(() -> facts.missing(TOKENS, "an array of strings, one for each token"));
        if (!(value instanceof TextArray tokens)) {
            throw facts.wrongType(TOKENS, value, "an array of strings");
        }
        if (tokens.isEmpty() || tokens.size() > MOST_TOKENS) {
            throw facts.bad("key '" + TOKENS + "' has " + tokens.size() + " entries", "1 to " + MOST_TOKENS);
        }
        return tokens;
    }

    private void checkTables() {
        table("scores", ValueType.FLOAT32, ValueType.INT32).ifPresent(scores -> {
            for (int i = 0; i < scores.size(); i++) {
                if (Double.isNaN(scores.doubleAt(i))) {
                    throw facts.bad("the score of token " + i + " is not a number", "a number");
                }
            }
        });
        table("token_type", ValueType.INT32, ValueType.INT32).ifPresent(this::checkTypes);
        var suppressed = facts.header().metadata().value(PREFIX + "suppress_tokens");
        if (suppressed.isPresent()
                && !(suppressed.get() instanceof NumberArray array && array.elementType() == ValueType.INT32)) {
            throw facts.wrongType(PREFIX + "suppress_tokens", suppressed.get(), "an array of i32");
        }
        facts.unsigned(PREFIX + "token_type_count");
        facts.string("tokenizer.chat_template");
    }

    private Optional<NumberArray> table(String suffix, ValueType type, ValueType other) {
        String key = PREFIX + suffix;
        var value = facts.header().metadata().value(key);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!(value.get() instanceof NumberArray array)
                || (array.elementType() != type && array.elementType() != other)) {
            throw facts.wrongType(key, value.get(), "an array of " + type.label());
        }
        if (array.size() != tokens.size()) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " has " + array.size() + " entries",
                    tokens.size() + ", one for each token");
        }
        return Optional.of(array);
    }

    private void checkTypes(NumberArray types) {
        for (int i = 0; i < types.size(); i++) {
            long type = types.longAt(i);
            if (type < 0 || type > BYTE_TYPE) {
                throw facts.bad("the type of token " + i + " is " + type, "0 to " + BYTE_TYPE);
            }
            // llama.cpp aborts on a byte token in these vocabularies and reads its two digits in the others.
            if (type == BYTE_TYPE
                    && (model.equals("bert")
                            || model.equals("rwkv")
                            || byteOf(i).isEmpty())) {
                throw facts.bad(
                        "token " + i + " " + Refusal.quote(tokens.get(i)) + " is marked as a byte",
                        "a byte token such as <0x0A>, in a vocabulary that has them");
            }
        }
    }

    /** Return the byte that a token such as {@code <0x0A>} stands for. */
    private OptionalInt byteOf(int token) {
        if (tokens.lengthAt(token) != 6) {
            return OptionalInt.empty();
        }
        String text = tokens.get(token);
        if (!text.startsWith("<0x") || !text.endsWith(">")) {
            return OptionalInt.empty();
        }
        int high = "0123456789ABCDEF".indexOf(text.charAt(3));
        int low = "0123456789ABCDEF".indexOf(text.charAt(4));
        return high < 0 || low < 0 ? OptionalInt.empty() : OptionalInt.of((high << 4) | low);
    }

    private void checkTexts() {
        checkBytes(TokenIndex.of(facts, tokens));
        boolean tree = model.equals("t5") || model.equals("rwkv") || model.equals("plamo2");
        for (int i = 0; i < tokens.size(); i++) {
            if (tree && tokens.lengthAt(i) > LONGEST_TREE_TOKEN) {
                throw facts.bad(
                        "token " + i + " has " + tokens.lengthAt(i) + " bytes", "at most " + LONGEST_TREE_TOKEN);
            }
            // llama.cpp strips this suffix and then searches for the empty rest for ever.
            if (model.equals("hybriddna") && tokens.get(i).equals("\uE000")) {
                throw facts.bad("token " + i + " is a bare k-mer marker", "a k-mer before the marker");
            }
        }
    }

    private void checkMerges() {
        boolean pairs = model.equals("gpt2")
                || model.equals("gemma4")
                || model.equals("hybriddna")
                || model.equals("whitespace");
        if (!pairs) {
            return;
        }
        String key = PREFIX + "merges";
        var value = facts.header().metadata().value(key);
        if (value.isEmpty()) {
            if (facts.string(PREFIX + "pre").equals(Optional.of("kimi-k2"))) {
                return;
            }
            throw facts.missing(key, "an array of strings such as 'a b'");
        }
        if (!(value.get() instanceof TextArray merges)) {
            throw facts.wrongType(key, value.get(), "an array of strings");
        }
        for (int i = 0; i < merges.size(); i++) {
            if (!isPair(merges, i)) {
                throw facts.bad(
                        "merge " + i + " is " + Refusal.quote(merges.get(i)), "two pieces with one space between");
            }
        }
    }

    private static boolean isPair(TextArray merges, int index) {
        int last = merges.lengthAt(index) - 1;
        for (int i = 1; i < last; i++) {
            if (merges.byteAt(index, i) == ' ') {
                return true;
            }
        }
        return false;
    }

    private void checkSpecials() {
        boolean addsBos = kind.addsBos();
        int bos = kind.bos();
        if (model.equals("gpt2") || model.equals("hybriddna") || model.equals("whitespace")) {
            var beginning = beginning();
            addsBos = beginning == Catalogue.Beginning.BOS || beginning == Catalogue.Beginning.ALWAYS;
            bos = beginning == Catalogue.Beginning.NONE ? -1 : bos;
            addsBos = beginning == Catalogue.Beginning.ALWAYS || flag("add_bos_token", addsBos);
        } else if (model.equals("gemma4")) {
            flag("add_bos_token", true);
            addsBos = true;
        } else {
            addsBos = flag("add_bos_token", addsBos) || model.equals("bert");
        }
        boolean addsEos = flag("add_eos_token", kind.addsEos());
        requireIf(addsBos, special("bos_token_id", bos), "bos_token_id", "put before every text");
        requireIf(addsEos, special("eos_token_id", kind.eos()), "eos_token_id", "put after every text");
        special("eot_token_id", -1);
        special("eom_token_id", -1);
        int unknown = special("unknown_token_id", kind.unknown());
        requireIf(model.equals("bert") || model.equals("t5"), unknown, "unknown_token_id", "used for unknown text");
        int separator = special("seperator_token_id", model.equals("bert") ? 102 : -1);
        requireIf(model.equals("bert"), separator, "seperator_token_id", "put after every text");
        checkOptions();
    }

    private void checkOptions() {
        for (String suffix : new String[] {"add_sep_token", "add_space_prefix", "remove_extra_whitespaces"}) {
            flag(suffix, true);
        }
        flag("normalizer.lowercase", true);
        flag("normalizer.strip_accents", true);
        for (String suffix : new String[] {
            "padding_token_id", "mask_token_id", "fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id",
            "fim_pad_token_id", "fim_rep_token_id", "fim_sep_token_id", "prefix_token_id", "suffix_token_id",
            "middle_token_id"
        }) {
            facts.unsigned(PREFIX + suffix);
        }
    }

    private Catalogue.Beginning beginning() {
        String key = PREFIX + "pre";
        String pre = facts.string(key).filter(name -> !name.isEmpty()).orElse("default");
        var beginning = Catalogue.PRE_TOKENIZERS.get(pre);
        // llama.cpp asserts when this one meets two spaces in a vocabulary of another kind.
        if (beginning == null || (pre.equals("whitespace") && !model.equals("whitespace"))) {
            throw Refusal.of(
                    facts.header().source(),
                    "key '" + key + "' is " + Refusal.quote(pre),
                    "a pre-tokenizer of llama.cpp v0.5.0 for a " + model + " vocabulary",
                    Refusal.BAD_CONVERSION);
        }
        return beginning;
    }

    private boolean flag(String suffix, boolean otherwise) {
        return facts.flag(PREFIX + suffix).orElse(otherwise);
    }

    /** Return a special token's number, -1 if there is none. */
    private int special(String suffix, int otherwise) {
        OptionalLong id = facts.unsigned(PREFIX + suffix);
        if (id.isPresent() && id.getAsLong() >= tokens.size()) {
            throw facts.bad(
                    "key " + Refusal.quote(PREFIX + suffix) + " is " + id.getAsLong(),
                    "a token from 0 to " + (tokens.size() - 1));
        }
        return id.isPresent() ? (int) id.getAsLong() : otherwise < tokens.size() ? otherwise : -1;
    }

    private void requireIf(boolean needed, int id, String suffix, String purpose) {
        if (needed && id < 0) {
            throw facts.missing(PREFIX + suffix, "the token that is " + purpose);
        }
    }

    /** Require a token for every byte where llama.cpp looks one up without a way out. */
    private void checkBytes(TokenIndex index) {
        switch (model) {
            case "llama" -> requireAll(index.byteTokens(true), "<0x%02X>");
            case "plamo2" -> requireAll(index.byteTokens(false), "<0x%02X>");
            case "rwkv" -> requireAll(index.escapedByteTokens(), "\\x%02x");
            default -> {
                // Other vocabularies have an unknown token, or leave out what they lack.
            }
        }
    }

    private void requireAll(BitSet bytes, String name) {
        int missing = bytes.nextClearBit(0);
        if (missing < 256) {
            throw facts.bad(
                    "the vocabulary has no token for byte " + missing,
                    "all 256 byte tokens, here " + String.format(name, missing));
        }
    }
}
