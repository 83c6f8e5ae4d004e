package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import java.nio.file.Path;

/** The part of a GGUF file's metadata that describes its tokenizer. Immutable. */
public final class TokenizerMetadata {
    private static final String PREFIX = "tokenizer.";
    private static final String TOKENS = "tokenizer.ggml.tokens";

    private final Metadata metadata;
    private final int size;

    private TokenizerMetadata(Metadata metadata, int size) {
        this.metadata = metadata;
        this.size = size;
    }

    /**
     * Take the tokenizer out of a file's metadata, with its chat template.
     *
     * @throws ProxyTuneException if there is none
     */
    public static TokenizerMetadata of(Metadata metadata) {
        int size = metadata.strings(TOKENS)
                .orElseThrow(() -> new ProxyTuneException(
                        "There is no tokenizer in the metadata (key '" + TOKENS + "'): take it from a whole model"))
                .size();
        var builder = Metadata.builder();
        metadata.values().forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                builder.put(key, value);
            }
        });
        return new TokenizerMetadata(builder.build(), size);
    }

    /**
     * Take the tokenizer out of a GGUF file.
     *
     * @throws ProxyTuneException if the file cannot be read or has none
     */
    public static TokenizerMetadata read(Path file) {
        Metadata metadata = GgufFile.readHeader(file).metadata();
        if (!metadata.contains(TOKENS)) {
            throw new ProxyTuneException(
                    file + ": there is no tokenizer (key '" + TOKENS + "'); take a file of a whole model");
        }
        return of(metadata);
    }

    /** Return the keys and values, all of which begin with {@code tokenizer.}. */
    public Metadata metadata() {
        return metadata;
    }

    /** Return the number of tokens. */
    public int size() {
        return size;
    }

    /**
     * Write a GGUF file that has this tokenizer and no weights, which llama.cpp can tokenize with.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    public void write(Path file) {
        new GgufWriter(Metadata.builder()
                        .put("general.architecture", "llama")
                        .put("general.name", "tokenizer")
                        .putAll(metadata.values())
                        .build())
                .write(file);
    }
}
