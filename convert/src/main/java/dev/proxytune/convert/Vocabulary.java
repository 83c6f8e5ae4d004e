package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import java.util.List;
import java.util.Optional;

/**
 * A vocabulary as llama.cpp wants it.
 *
 * @param model {@code llama} for SentencePiece, {@code gpt2} for merges of bytes
 * @param preTokenizer llama.cpp's name for the rules that split text
 * @param tokens the tokens
 * @param merges merges of bytes, in order
 * @param spaceBefore whether a space is put before a text, if that must be said
 */
record Vocabulary(
        String model,
        String preTokenizer,
        TokenTable tokens,
        List<JsonObject.Pair> merges,
        Optional<Boolean> spaceBefore) {
    private static final char SHIFTED_SPACE = ' ' + 256;

    static Vocabulary ofPieces(TokenTable tokens, Optional<Boolean> spaceBefore) {
        return new Vocabulary("llama", "default", tokens, List.of(), spaceBefore);
    }

    static Vocabulary ofBytes(
            TokenTable tokens, String preTokenizer, List<JsonObject.Pair> merges, Optional<Boolean> spaceBefore) {
        return new Vocabulary("gpt2", preTokenizer, tokens, List.copyOf(merges), spaceBefore);
    }

    /** Put what llama.cpp reads of it. */
    void describe(Metadata.Builder metadata) {
        metadata.put("tokenizer.ggml.model", model).put("tokenizer.ggml.pre", preTokenizer);
        tokens.describe(metadata, model.equals("llama"));
        if (!merges.isEmpty()) {
            metadata.putStrings(
                    "tokenizer.ggml.merges",
                    merges.stream()
                            .map(pair -> shifted(pair.first()) + " " + shifted(pair.second()))
                            .toList());
        }
        spaceBefore.ifPresent(value -> metadata.put("tokenizer.ggml.add_space_prefix", value));
    }

    /** A space divides the two tokens, so one inside is written as bytes are. */
    private static String shifted(String token) {
        return token.replace(' ', SHIFTED_SPACE);
    }
}
