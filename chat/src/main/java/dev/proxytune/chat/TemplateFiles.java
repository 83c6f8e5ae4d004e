package dev.proxytune.chat;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads templates from files. */
final class TemplateFiles {
    private static final long MOST_BYTES = 1 << 20;

    private TemplateFiles() {}

    static String read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ProxyTuneException("The template " + file + " has more than a million bytes: is it one?");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ProxyTuneException("The template " + file + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new ProxyTuneException("The template " + file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new ProxyTuneException("The template " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
