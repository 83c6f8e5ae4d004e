package dev.proxytune.family;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Read the questions that {@link FamilyTexts} wrote. */
public final class SuiteFiles {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private SuiteFiles() {}

    /**
     * Read all suites.
     *
     * @param folder the folder with a file for each suite
     * @throws ProxyTuneException if a file is missing, empty, or has a line that is no question
     */
    public static Map<Suite, List<Question>> read(Path folder) {
        Map<Suite, List<Question>> suites = new EnumMap<>(Suite.class);
        for (Suite suite : Suite.values()) {
            suites.put(suite, read(suite, folder.resolve(suite.fileName())));
        }
        return suites;
    }

    private static List<Question> read(Suite suite, Path file) {
        List<String> lines = lines(file);
        List<Question> questions = new ArrayList<>();
        for (int index = 0; index < lines.size(); index++) {
            questions.add(question(suite, lines.get(index), file + ", line " + (index + 1)));
        }
        if (questions.isEmpty()) {
            throw new ProxyTuneException("The suite " + file + " has no questions");
        }
        return questions;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new ProxyTuneException("The suite " + file + " does not exist; 'proxytune corpus' writes suites", e);
        } catch (MalformedInputException e) {
            throw new ProxyTuneException("The suite " + file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new ProxyTuneException("The suite " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Question question(Suite suite, String line, String place) {
        try {
            JsonNode object = MAPPER.readTree(line);
            String counted = suite == Suite.ARITHMETIC ? text(object, "counted", place) : "";
            return new Question(text(object, "prompt", place), text(object, "answer", place), counted);
        } catch (JacksonException e) {
            throw new ProxyTuneException(place + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String text(JsonNode object, String field, String place) {
        JsonNode value = object.path(field);
        if (!value.isString() || value.stringValue().isBlank()) {
            throw new ProxyTuneException(place + " lacks the text \"" + field + "\" of a question");
        }
        return value.stringValue();
    }
}
