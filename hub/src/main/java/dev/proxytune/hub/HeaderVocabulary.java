package dev.proxytune.hub;

import dev.proxytune.InvalidModelException;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.TextArray;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** The vocabulary in a GGUF header, enough of it to be compared: it does not tokenize. */
final class HeaderVocabulary implements Vocabulary {
    private static final int CONTROL = 3;
    private static final int UNUSED = 5;

    private final GgufHeader header;
    private final TextArray tokens;
    private final Optional<NumberArray> types;
    private final String type;

    /**
     * Take a header's vocabulary.
     *
     * @throws InvalidModelException if it has none
     */
    HeaderVocabulary(GgufHeader header) {
        this.header = header;
        this.tokens = header.metadata()
                .strings("tokenizer.ggml.tokens")
                .orElseThrow(() -> new InvalidModelException(
                        header.source() + ": the file has no vocabulary; expected a language model"));
        this.types = header.metadata().numbers("tokenizer.ggml.token_type").filter(all -> all.size() == tokens.size());
        this.type = type(header.metadata().string("tokenizer.ggml.model").orElse("unknown"));
    }

    /** Return llama.cpp's name of a tokenizer, from the one in files. */
    private static String type(String model) {
        return switch (model) {
            case "llama" -> "SPM";
            case "gpt2" -> "BPE";
            case "bert" -> "WPM";
            case "t5" -> "UGM";
            default -> model.toUpperCase(Locale.ROOT);
        };
    }

    @Override
    public int size() {
        return tokens.size();
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public String text(int id) {
        return tokens.get(id);
    }

    private boolean isOfType(int id, int wanted) {
        Objects.checkIndex(id, size());
        return types.isPresent() && types.get().longAt(id) == wanted;
    }

    @Override
    public boolean isPadding(int id) {
        return isOfType(id, UNUSED) || isOfType(id, 0);
    }

    @Override
    public boolean isControl(int id) {
        return isOfType(id, CONTROL);
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return eos().equals(OptionalInt.of(id)) || eot().equals(OptionalInt.of(id));
    }

    @Override
    public OptionalInt bos() {
        return token("tokenizer.ggml.bos_token_id");
    }

    @Override
    public OptionalInt eos() {
        return token("tokenizer.ggml.eos_token_id");
    }

    @Override
    public OptionalInt eot() {
        return token("tokenizer.ggml.eot_token_id");
    }

    private OptionalInt token(String key) {
        var id = header.metadata().integer(key);
        return id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < size()
                ? OptionalInt.of((int) id.getAsLong())
                : OptionalInt.empty();
    }

    @Override
    public byte[] bytes(int id) {
        throw new UnsupportedOperationException("A header does not say what a token adds to an answer");
    }

    @Override
    public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
        throw new UnsupportedOperationException("A header does not tokenize");
    }

    @Override
    public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
        throw new UnsupportedOperationException("A header does not turn tokens into text");
    }
}
