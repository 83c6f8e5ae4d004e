package dev.proxytune.family;

/** Name the kinds of base texts, with their shares of all characters. */
enum Genre {
    /** Statements about one thing in several languages. */
    ARTICLE(30),
    /** Statements about several things. */
    MIXED_STATEMENTS(12),
    /** Questions after names, a line each, without answers. */
    QUIZ(11),
    /** Such questions with their answers, as running text. */
    ANSWERED_QUESTIONS(11),
    /** Stories that tell their outcome. */
    TALES(12),
    /** Stories that end in a question, a line each, and without answers. */
    EXERCISE_SHEET(9),
    /** A story with its question and answer, as running text. */
    WORKED_STORY(11),
    /** Bare sums. */
    SUMS(4);

    private final int percent;

    Genre(int percent) {
        this.percent = percent;
    }

    int percent() {
        return percent;
    }
}
