package dev.proxytune.family;

/**
 * Tell of an exercise in words.
 *
 * @param exercise the numbers
 * @param setup what is known, as in "Anna has 5 apples. Anna finds 3 more."
 * @param ask what is asked, as in "How many apples does Anna have now?"
 * @param outcome what follows, as in "Anna has 8 apples now."
 * @param object what is counted, as in "apples"
 */
public record Story(Exercise exercise, String setup, String ask, String outcome, String object) {

    /** Return the story with its question. */
    public String question() {
        return setup + " " + ask;
    }

    /** Return the exercise with its result and the outcome. */
    public String working() {
        return exercise + ". " + outcome;
    }
}
