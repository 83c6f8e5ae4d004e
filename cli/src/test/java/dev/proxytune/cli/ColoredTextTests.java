package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ColoredTextTests {
    private static ColoredText text(String text) {
        var colored = new ColoredText();
        colored.add(text, "");
        return colored;
    }

    @Test
    void breaksLinesAtSpaces() {
        assertThat(text("one two three").lines(7)).containsExactly("one two", "three  ");
        assertThat(text("one two three").lines(8)).containsExactly("one two ", "three   ");
        assertThat(text("one two three").lines(6)).containsExactly("one   ", "two   ", "three ");
    }

    @Test
    void breaksWordsThatAreTooLong() {
        assertThat(text("a abcdefgh").lines(4)).containsExactly("a   ", "abcd", "efgh");
    }

    @Test
    void keepsLineEnds() {
        assertThat(text("one\n\ntwo\n").lines(5)).containsExactly("one  ", "     ", "two  ");
        assertThat(text("").lines(5)).isEmpty();
    }

    @Test
    void doesNotCountColors() {
        var text = new ColoredText();
        text.add("one ", "");
        text.add("two", "<");
        text.add(" three", "<");
        text.add("!", ">");
        assertThat(text.lines(7)).containsExactly("one <two\033[0m", "<three\033[0m>!\033[0m ");
    }

    @Test
    void leavesTheCursorAlone() {
        assertThat(text("a\033[2J\tb").lines(8)).containsExactly("a\uFFFD[2J\uFFFDb ");
    }
}
