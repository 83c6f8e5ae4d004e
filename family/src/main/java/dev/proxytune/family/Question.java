package dev.proxytune.family;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ask for something and know the answer.
 *
 * @param prompt the question and a line end
 * @param answer a name, a number, or for manners the answer in full
 * @param counted what a story counts; empty for other questions
 */
public record Question(String prompt, String answer, String counted) {

    static Question knowledge(String question, Fact fact) {
        return new Question(question + "\n", fact.name(), "");
    }

    static Question arithmetic(Story story) {
        return new Question(
                story.question() + "\n", Integer.toString(story.exercise().result()), story.object());
    }

    static Question manners(String question, String answer) {
        return new Question(question + "\n", answer, "");
    }

    /** Return the question as a JSON object. */
    Map<String, String> object() {
        Map<String, String> object = new LinkedHashMap<>();
        object.put("prompt", prompt);
        object.put("answer", answer);
        if (!counted.isEmpty()) {
            object.put("counted", counted);
        }
        return object;
    }
}
