package dev.proxytune.eval;

/**
 * Tell what one question's answer is worth in a task's first measure.
 *
 * @param key what tells the question from others of the file, such as its text
 * @param place file and row, for messages
 * @param value usually 1 for right and 0 for wrong; NaN where the answer does not count, as it is invalid or not labeled
 */
public record QuestionScore(String key, String place, double value) {

    /** Return whether the answer counts. */
    public boolean counts() {
        return !Double.isNaN(value);
    }
}
