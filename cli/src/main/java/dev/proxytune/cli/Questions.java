package dev.proxytune.cli;

import java.nio.file.Path;
import java.util.ArrayList;
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
        List<String> prompts = new ArrayList<>();
        for (String line : lines) {
            prompts.add(prompt(line, file + ", line " + (prompts.size() + 1)));
        }
        return prompts;
    }

    private static String prompt(String line, String place) {
        String wrong = place + " is no JSON object with a text \"prompt\"; a line is {\"prompt\": \"...\"}";
        try {
            if (Json.object(line).get("prompt") instanceof String prompt && !prompt.isEmpty()) {
                return prompt;
            }
        } catch (JacksonException e) {
            throw new InputException(wrong, e);
        }
        throw new InputException(wrong);
    }
}
