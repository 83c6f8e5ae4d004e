package dev.proxytune.cli;

/** Shows what several systems answer to a question, while they do. Systems are numbered from 0. */
interface DemoView {

    /** Begin with a question. */
    void ask(String question);

    /**
     * Show more of an answer. All of one answer comes before any of the next.
     *
     * @param color what switches to the text's colour, or nothing
     */
    void add(int system, String text, String color);

    /** End the answers to the question. */
    void end();
}
