package dev.proxytune.cli;

import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;

/** Read questions from a file of JSON objects, one a line. */
final class Questions {
    private Questions() {}

    /**
     * Return the first prompts of a file.
     *
     * @throws InputException if the file cannot be read, has none, or a line is no object with a text {@code prompt}
     */
    static List<String> read(Path file, int most, Console console) {
        String text;
        try {
            text = Inputs.text(file, "list of questions", console);
        } catch (MalformedTextException e) {
            throw new InputException(String.valueOf(e.getMessage()), e);
        }
        List<String> lines = text.lines().limit(most).toList();
        if (lines.isEmpty()) {
            throw new InputException("The list of questions " + file + " is empty; a line is {\"prompt\": \"...\"}");
        }
        return lines.stream()
                .map(line -> prompt(line, file + ", line " + (lines.indexOf(line) + 1)))
                .toList();
    }

    private static String prompt(String line, String place) {
        try {
            if (Json.object(line).get("prompt") instanceof String prompt && !prompt.isEmpty()) {
                return prompt;
            }
        } catch (JacksonException e) {
            throw new InputException(place + " is no JSON object: " + e.getOriginalMessage(), e);
        }
        throw new InputException(place + " has no text \"prompt\"; a line is {\"prompt\": \"...\"}");
    }
}
