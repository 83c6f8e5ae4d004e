package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the tokenizer of a folder, from the file that llama.cpp's converter would take. */
final class TokenizerFolder {
    private static final String JSON = "tokenizer.json";
    private static final String PIECES = "tokenizer.model";
    private static final int MOST_TOKENS = 1 << 24;
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    private final Path folder;
    private final Family family;
    private final Optional<String> preTokenizer;
    private final Optional<JsonObject> json;
    private final JsonObject config;
    private final List<String> notes;

    /**
     * Open a folder.
     *
     * @param preTokenizer llama.cpp's name for the rules that split text, if the user says it
     * @param notes receives what a user should know
     */
    TokenizerFolder(Path folder, Family family, Optional<String> preTokenizer, List<String> notes) {
        this.folder = folder;
        this.family = family;
        this.preTokenizer = preTokenizer;
        this.json = JsonObject.readIfPresent(folder.resolve(JSON));
        this.config = JsonObject.readIfPresent(folder.resolve("tokenizer_config.json"))
                .orElseGet(() -> JsonObject.empty("tokenizer_config.json"));
        this.notes = notes;
    }

    /**
     * Return how many tokens the files number, where no embedding tells.
     *
     * @throws InvalidModelException if a number is beyond all that models have
     */
    int size() {
        long pieces = Files.isRegularFile(folder.resolve(PIECES))
                ? SentencePieceModel.read(folder.resolve(PIECES))
                        .map(model -> model.pieces().size())
                        .orElse(0)
                : 0;
        var listed = json.flatMap(tokenizer -> tokenizer.object("model"))
                .flatMap(model -> model.object("vocab"))
                .filter(_ -> pieces == 0)
                .map(vocabulary -> vocabulary.integers().values())
                .orElse(List.of());
        var added = Stream.of(
                        json.map(AddedToken::ofTokenizer).orElse(List.of()),
                        AddedToken.ofConfig(config),
                        AddedToken.ofFile(folder))
                .flatMap(List::stream)
                .map(token -> (long) token.id());
        long size =
                Stream.concat(listed.stream(), added).mapToLong(id -> id + 1).reduce(pieces, Math::max);
        if (size > MOST_TOKENS) {
            throw Fault.of(folder, "a token is numbered " + (size - 1), Fault.DAMAGED);
        }
        return (int) size;
    }

    /**
     * Read the vocabulary.
     *
     * @param size rows of the embedding
     * @throws InvalidModelException if there is none, or it does not fit, or llama.cpp cannot tokenize with it
     */
    Vocabulary read(int size) {
        var pieces = Files.isRegularFile(folder.resolve(PIECES))
                ? SentencePieceModel.read(folder.resolve(PIECES))
                : Optional.<SentencePieceModel>empty();
        var vocabulary = pieces.isPresent()
                ? ofPieces(pieces.get(), size)
                : json.map(tokenizer -> ofJson(tokenizer, size))
                        .orElseThrow(() -> Fault.of(
                                folder,
                                "there is neither a " + JSON + " nor a SentencePiece " + PIECES,
                                "download them too, or save the tokenizer again with transformers"));
        vocabulary.tokens().requireDistinct();
        return vocabulary;
    }

    private Vocabulary ofPieces(SentencePieceModel model, int size) {
        var table = new TokenTable(folder.resolve(PIECES).toString(), size);
        for (int i = 0; i < model.pieces().size(); i++) {
            var piece = model.pieces().get(i);
            var kind = switch (piece.kind()) {
                case NORMAL, USER_DEFINED -> TokenKind.NORMAL;
                case UNKNOWN -> TokenKind.UNKNOWN;
                case CONTROL -> TokenKind.CONTROL;
                case UNUSED -> TokenKind.UNUSED;
                case BYTE -> TokenKind.BYTE;
            };
            table.set(i, piece.text(), kind, piece.score());
        }
        for (var token : AddedToken.ofFile(folder)) {
            addIfItFits(table, new AddedToken(token.id(), token.text(), false), token.text());
        }
        AddedToken.ofConfig(config).forEach(token -> addIfItFits(table, token, token.plainText()));
        if (!model.isBytePair()) {
            notes.add(PIECES + " is a unigram model, which llama.cpp tokenizes as a byte-pair one: texts may be split"
                    + " otherwise than in training");
        }
        return Vocabulary.ofPieces(table, spaceBefore(model.addsSpace()));
    }

    /** Published folders of Gemma list a token for images for which the text model has no row. */
    private void addIfItFits(TokenTable table, AddedToken token, String text) {
        if (token.id() < table.size()) {
            table.set(token.id(), text, token.kind(), TokenTable.ADDED_SCORE);
        } else {
            notes.add("the added token " + token.id() + " (" + Fault.quote(token.text())
                    + ") is left out, as the embedding has only " + table.size() + " rows");
        }
    }

    /** Return what to say about a space before each text; nothing is said where llama.cpp does right by itself. */
    private Optional<Boolean> spaceBefore(boolean stated) {
        if (family == Family.GEMMA3) {
            return Optional.of(false);
        }
        var configured = family == Family.LLAMA ? config.flagIfAny("add_prefix_space") : Optional.<Boolean>empty();
        return configured.or(() -> stated ? Optional.empty() : Optional.of(false));
    }

    private Vocabulary ofJson(JsonObject tokenizer, int size) {
        var model = tokenizer.object("model").orElseThrow(() -> tokenizer.missing("model"));
        String type = model.string("type").orElse("BPE");
        if (!type.equals("BPE")) {
            throw Fault.of(
                    tokenizer.source(),
                    "the tokenizer is of type " + Fault.quote(type),
                    "only BPE, which these families use, can be converted");
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.string(affix).orElse("").isEmpty()) {
                throw model.unsupported(affix, "set", "llama.cpp cannot tokenize so");
            }
        }
        var merges = model.pairs("merges");
        boolean byCharacters = model.flag("byte_fallback").orElse(false);
        var table = new TokenTable(tokenizer.source(), size);
        var scores = byCharacters ? scores(merges) : Map.<String, Float>of();
        var ids =
                model.object("vocab").orElseThrow(() -> model.missing("vocab")).integers();
        requireTokens(tokenizer.source(), merges, ids.keySet());
        ids.forEach((text, token) -> table.setFree(
                token,
                text,
                byCharacters && BYTE.matcher(text).matches() ? TokenKind.BYTE : TokenKind.NORMAL,
                scores.getOrDefault(text, 0f)));
        for (var token : addedTokens(tokenizer, table)) {
            if (byCharacters) {
                addIfItFits(table, token, token.plainText());
            } else {
                table.add(token);
            }
        }
        return byCharacters ? byCharacters(tokenizer, table) : byBytes(tokenizer, table, merges);
    }

    private static void requireTokens(String source, List<JsonObject.Pair> merges, Set<String> tokens) {
        for (var merge : merges) {
            for (String text : List.of(merge.first(), merge.second(), merge.first() + merge.second())) {
                if (!tokens.contains(text)) {
                    throw Fault.of(
                            source,
                            "the merges name the token " + Fault.quote(text) + ", which the vocabulary lacks",
                            "the tokenizer is broken, so take another one");
                }
            }
        }
    }

    private List<AddedToken> addedTokens(JsonObject tokenizer, TokenTable table) {
        var tokens = new ArrayList<AddedToken>();
        var texts = new HashSet<String>();
        var ids = new HashSet<Integer>();
        for (var token : AddedToken.ofTokenizer(tokenizer)) {
            if (!ids.add(token.id()) || !texts.add(token.text())) {
                throw Fault.of(
                        tokenizer.source(),
                        "the added token " + token.id() + " (" + Fault.quote(token.text()) + ") is there twice",
                        "the tokenizer is broken, so take another one");
            }
            tokens.add(token);
        }
        var others = new ArrayList<>(AddedToken.ofConfig(config));
        others.addAll(AddedToken.ofFile(folder));
        for (var token : others) {
            boolean isFree = token.id() >= table.size() || table.isFree(token.id());
            if (isFree && texts.add(token.text()) && ids.add(token.id())) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    private Vocabulary byBytes(JsonObject tokenizer, TokenTable table, List<JsonObject.Pair> merges) {
        String name = preTokenizer.orElseGet(() -> PreTokenizer.name(tokenizer));
        var space = family == Family.LLAMA ? config.flagIfAny("add_prefix_space") : Optional.<Boolean>empty();
        return Vocabulary.ofBytes(table, name, merges, space);
    }

    /**
     * Take a SentencePiece vocabulary that was saved without its model.
     *
     * <p>llama.cpp's converter writes one and the same score for all tokens, by which llama.cpp merges from left to right
     * instead of in the order of training. The order of the merges is that of the scores, so it is written.
     */
    private Vocabulary byCharacters(JsonObject tokenizer, TokenTable table) {
        if (preTokenizer.isPresent()) {
            throw Fault.of(
                    tokenizer.source(),
                    "this tokenizer works on characters, not on bytes",
                    "leave out --pre, which is for the others");
        }
        return Vocabulary.ofPieces(table, spaceBefore(SpaceRules.addsSpace(tokenizer)));
    }

    private static Map<String, Float> scores(List<JsonObject.Pair> merges) {
        Map<String, Float> scores = HashMap.newHashMap(merges.size());
        for (int i = 0; i < merges.size(); i++) {
            scores.putIfAbsent(merges.get(i).first() + merges.get(i).second(), (float) -i);
        }
        return Collections.unmodifiableMap(scores);
    }

    /** Return the contents of {@code tokenizer.json}. */
    Optional<JsonObject> json() {
        return json;
    }

    /** Return the contents of {@code tokenizer_config.json}, without members if there is none. */
    JsonObject config() {
        return config;
    }
}
