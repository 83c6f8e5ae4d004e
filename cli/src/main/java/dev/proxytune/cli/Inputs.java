package dev.proxytune.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Read texts from files and standard input, to the byte. */
final class Inputs {
    private Inputs() {}

    /**
     * Return the text of a file.
     *
     * @param file the file, {@code -} for standard input
     * @param name what to call the text in messages, such as {@code prompt}
     * @throws MalformedTextException if it is not UTF-8
     * @throws InputException if it cannot be read
     */
    static String text(Path file, String name, Console console) {
        boolean standard = file.toString().equals("-");
        String place = standard ? "standard input" : file.toString();
        try {
            byte[] bytes = standard ? console.in().readAllBytes() : Files.readAllBytes(file);
            return StrictUtf8.decode(bytes, "The " + name + " in " + place);
        } catch (IOException e) {
            throw new InputException("The " + name + " cannot be read from " + place + ": " + reason(file, e), e);
        }
    }

    private static String reason(Path file, IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "permission denied";
            default -> Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage());
        };
    }
}
