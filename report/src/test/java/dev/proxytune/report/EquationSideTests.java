package dev.proxytune.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EquationSideTests {
    private static final Pattern TOKEN = Pattern.compile("\\s*(?:\\d|\\p{L}+|.)", Pattern.DOTALL);

    /** Splits a text about as tokenizers do, digit by digit. */
    private static List<String> tokens(String text) {
        return new ArrayList<>(
                TOKEN.matcher(text).results().map(match -> match.group()).toList());
    }

    private static String on(EquationSide side, String text) {
        List<String> tokens = tokens(text);
        List<EquationSide> sides = EquationSide.of(tokens);
        assertThat(sides).hasSameSizeAs(tokens);
        var found = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            found.append(sides.get(i) == side ? tokens.get(i) : "");
        }
        return found.toString().strip();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "She has 16 - 3 - 4 = 9 eggs left.|16 - 3 - 4|9",
                "She makes 9 * 2 = $18 a day.|9 * 2|$18",
                "left <<16-3-4=9>>9 eggs|16-3-4|9",
                "It costs $1,250.50 + $2 = $1,252.50.|$1,250.50 + $2|$1,252.50",
                "16 eggs - 3 eggs = 13 eggs remain|16 eggs - 3 eggs|13",
                "So 16 - 3 - 4 = 13 - 4 = 9.|16 - 3 - 4 13 - 4|9",
                "Total = 5 × 3 = 15|5 × 3|15",
                "(2 + 3) * 4 = 20.|(2 + 3) * 4|20",
                "20% of 50 = 10|20% of 50|10",
                "2 x 3 = 6|2 x 3|6",
                "3 - 5 = -2|3 - 5|-2",
                "16 \\times 2 = 32|16 \\times 2|32",
                "1. 4 + 4 = 8|4 + 4|8",
            })
    void tellsTheSidesOfEquations(String text, String left, String right) {
        assertThat(on(EquationSide.LEFT, text)).isEqualToIgnoringWhitespace(left);
        assertThat(on(EquationSide.RIGHT, text)).isEqualToIgnoringWhitespace(right);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "She sells them for $18.",
                "x = 18",
                "18 = 9",
                "5 + 5 >= 9",
                "5 + 5 == 10",
                "In 2019 - 2020 there were 3",
                "5 + 5 = many",
                "a == b",
                "===",
            })
    void findsNoneInOtherTexts(String text) {
        assertThat(EquationSide.of(tokens(text))).containsOnly(EquationSide.NONE);
    }

    @Test
    void givesTheSignOfEqualityToNoSide() {
        assertThat(EquationSide.of(List.of("2", "+", "2=", " 4")))
                .containsExactly(EquationSide.LEFT, EquationSide.LEFT, EquationSide.NONE, EquationSide.RIGHT);
    }

    @Test
    void takesTokensThatAreEmptyOrOnlySpace() {
        assertThat(EquationSide.of(List.of("", "2+2", " ", "", "=", "4", "")))
                .containsExactly(
                        EquationSide.NONE,
                        EquationSide.LEFT,
                        EquationSide.NONE,
                        EquationSide.NONE,
                        EquationSide.NONE,
                        EquationSide.RIGHT,
                        EquationSide.NONE);
        assertThat(EquationSide.of(List.of())).isEmpty();
    }

    @Test
    void readsALongTextOnce() {
        String text = "1 + ".repeat(100_000);
        assertThat(EquationSide.of(List.of(text, "=", "1"))).hasSize(3);
        assertThat(EquationSide.of(List.of("(".repeat(20_000), "=", "1"))).hasSize(3);
    }
}
