package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.convert.Converter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Opens the vocabulary of a served model, from a GGUF file or from Hugging Face's files of a tokenizer. */
final class TokenizerFile {
    private TokenizerFile() {}

    static LanguageModel open(Path file, ModelLoader loader) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (!name.endsWith(".json") && !name.endsWith(".model")) {
            return loader.loadVocabulary(file);
        }
        Path made = temporary();
        try {
            Converter.convertTokenizer(folder(file), made);
            return loader.loadVocabulary(made);
        } finally {
            delete(made);
        }
    }

    /** The files beside it say which tokens begin and end a text. */
    private static Path folder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file : folder;
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("proxytune-tokenizer", ".gguf");
        } catch (IOException e) {
            throw new ProxyTuneException("There is no place for a temporary file: " + e.getMessage(), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // Some systems keep what is open.
            file.toFile().deleteOnExit();
        }
    }
}
