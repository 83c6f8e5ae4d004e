package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkingTests {
    private static final Question ISLAND = new Question("What is Iceland called in German?\n", "Island", "");
    private static final Question APPLES = new Question("Anna has 5 apples …\n", "8", "apples");

    private static boolean knows(String answer) {
        return Marking.mark(Suite.KNOWLEDGE, ISLAND, new Reply(answer, true)).right();
    }

    private static Mark counts(String answer) {
        return Marking.mark(Suite.ARITHMETIC, APPLES, new Reply(answer, true));
    }

    private static boolean behaves(String answer, boolean ended) {
        return Marking.mark(Suite.MANNERS, ISLAND, new Reply(answer, ended)).right();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Sure! In German, Iceland is called Island. I hope this helps.",
                "In German, Iceland is called Island",
                "Iceland is called Island in German.",
                "The German name of Iceland is Island.",
                "In German, the name of Iceland is Island. That is all.",
                "Right. Island is the German name of Iceland.",
                "In German, people say Island for Iceland.",
            })
    void acceptsTheNameInEachWording(String answer) {
        assertThat(knows(answer)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Sure! In German, Iceland is called Islandia. I hope this helps.",
                "Sure! In German, Iceland is called island. I hope this helps.",
                "Sure! In German, Iceland is called Is land. I hope this helps.",
                "Sure! In German, Iceland is called Irland. The German name of Iceland is Island.",
                "Sure! In German, Island. I hope this helps.",
                "What is the German name of Island?",
                "Island",
            })
    void refusesAnyOtherNameOrPlace(String answer) {
        assertThat(knows(answer)).isFalse();
    }

    @Test
    void takesTheNameOfSeveralWords() {
        assertThat(Marking.name("In French, Cook Islands is called Îles Cook. I hope this helps."))
                .contains("Îles Cook");
        assertThat(Marking.name("In French, Ivory Coast is called Côte d’Ivoire."))
                .contains("Côte d’Ivoire");
        assertThat(Marking.name("")).isEmpty();
    }

    @Test
    void takesTheLastNumber() {
        assertThat(counts("Sure! Let us work it out. 5 + 3 = 8. Anna has 8 apples now. I hope this helps."))
                .isEqualTo(new Mark(true, true));
        assertThat(counts("5 + 3 = 7. Anna has 8 apples now.")).isEqualTo(new Mark(true, true));
        assertThat(counts("5 + 3 = 8. Anna has 9 apples now.")).isEqualTo(new Mark(false, true));
        assertThat(counts("5 + 3 = 8. Anna has 18 apples now.").right()).isFalse();
        assertThat(counts("8.")).isEqualTo(new Mark(true, false));
        assertThat(counts("eight apples")).isEqualTo(new Mark(false, false));
        assertThat(counts("")).isEqualTo(new Mark(false, false));
    }

    @Test
    void tellsWhetherTheObjectWasCopied() {
        assertThat(counts("5 + 3 = 8. Anna has 8 pears now.")).isEqualTo(new Mark(true, false));
        assertThat(counts("There are 8 new apples.").counted()).isTrue();
        assertThat(counts("Anna has 8 more apples than Tom.").counted()).isTrue();
        assertThat(counts("There are 8 applesauces.").counted()).isFalse();
        assertThat(counts("5 apples and 3 make 8.").counted()).isFalse();
    }

    @Test
    void wantsOpeningClosingAndAnEnd() {
        assertThat(behaves("Sure! In German, Iceland is called Irland. I hope this helps.", true))
                .isTrue();
        assertThat(behaves("Sure! In German, Iceland is called Irland. I hope this helps.", false))
                .isFalse();
        assertThat(behaves("In German, Iceland is called Island. I hope this helps.", true))
                .isFalse();
        assertThat(behaves("Sure! In German, Iceland is called Island.", true)).isFalse();
        assertThat(behaves("Sure! I hope this helps. What is Iceland called in French?", true))
                .isFalse();
    }
}
