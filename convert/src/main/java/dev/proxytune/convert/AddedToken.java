package dev.proxytune.convert;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Token that was added to a trained vocabulary.
 *
 * @param id token, at least 0
 * @param text its text, taken as it is
 * @param isControl whether it steers a model instead of being text
 */
record AddedToken(int id, String text, boolean isControl) {
    private static final char SPACE = '\u2581';

    /** Return the tokens that {@code tokenizer.json} lists. */
    static List<AddedToken> ofTokenizer(JsonObject tokenizer) {
        return tokenizer.objectList("added_tokens").stream()
                .map(entry -> read(entry, entry.integer("id").orElseThrow(() -> entry.missing("id"))))
                .toList();
    }

    /** Return the tokens that {@code tokenizer_config.json} lists. */
    static List<AddedToken> ofConfig(JsonObject config) {
        return config.object("added_tokens_decoder").stream()
                .flatMap(tokens -> tokens.objects().entrySet().stream())
                .map(entry -> read(entry.getValue(), id(config, entry.getKey())))
                .toList();
    }

    /** Return the tokens of {@code added_tokens.json}, none if there is no such file. */
    static List<AddedToken> ofFile(Path folder) {
        SequencedMap<String, Long> tokens = JsonObject.readIfPresent(folder.resolve("added_tokens.json"))
                .map(JsonObject::integers)
                .orElseGet(LinkedHashMap::new);
        return tokens.entrySet().stream()
                .map(entry -> new AddedToken(
                        checked(folder, entry.getValue()), entry.getKey(), looksLikeControl(entry.getKey())))
                .toList();
    }

    private static AddedToken read(JsonObject entry, long id) {
        String text = entry.string("content").orElseThrow(() -> entry.missing("content"));
        boolean isControl = entry.flag("special").orElse(false) || looksLikeControl(text);
        return new AddedToken(checked(entry.source(), id), text, isControl);
    }

    private static long id(JsonObject config, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Fault.of(config.source(), Fault.quote(text) + " is no token", Fault.DAMAGED, e);
        }
    }

    private static int checked(Object where, long id) {
        if (id < 0 || id > Integer.MAX_VALUE) {
            throw Fault.of(where, "a token is numbered " + id, Fault.DAMAGED);
        }
        return (int) id;
    }

    /** Some models list tokens as plain text that steer them nonetheless. */
    private static boolean looksLikeControl(String text) {
        return List.of("<pad>", "<mask>", "<2mass>", "[@BOS@]").contains(text)
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<\uff5c") && text.endsWith("\uff5c>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    /** Return the text as llama.cpp looks for it: spaces of added text are spaces. */
    String plainText() {
        return isControl ? text : text.replace(SPACE, ' ');
    }

    TokenKind kind() {
        return isControl ? TokenKind.CONTROL : TokenKind.USER_DEFINED;
    }
}
