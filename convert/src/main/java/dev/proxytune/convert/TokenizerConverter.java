package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.ModelCheck;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Converts a tokenizer without its model. */
final class TokenizerConverter {
    private TokenizerConverter() {}

    static ConvertedFile convert(Path folder, Path destination) {
        JsonObject config = JsonObject.readIfPresent(folder.resolve("config.json"))
                .orElseGet(() -> JsonObject.empty("config.json"));
        // What the families read differently is a space at the start, which most tokenizers decide by themselves.
        Family family = config.stringList("architectures").stream()
                .findFirst()
                .flatMap(Family::ofClass)
                .orElse(Family.LLAMA);
        List<String> notes = new ArrayList<>();
        var tokenizer = new TokenizerFolder(folder, family, Optional.empty(), notes);
        var vocabulary = tokenizer.read(tokenizer.size());
        var metadata = Metadata.builder()
                .put("general.architecture", family.architecture())
                .put("general.type", "model")
                .put("general.name", GeneralMetadata.name(folder));
        vocabulary.describe(metadata);
        SpecialTokens.describe(tokenizer, config, family, vocabulary.tokens(), metadata);
        ChatTemplates.describe(folder, tokenizer.config(), metadata);
        return Converter.write(
                new GgufWriter(metadata.build()),
                destination,
                true,
                header -> check(folder, header),
                TensorType.F16,
                notes);
    }

    private static void check(Path folder, GgufHeader header) {
        try {
            ModelCheck.requireVocabulary(header);
        } catch (InvalidModelException e) {
            String reason = String.valueOf(e.getMessage()).replace(header.source() + ": ", "");
            throw new InvalidModelException(folder + ": llama.cpp could not read what this makes: " + reason, e);
        }
    }
}
