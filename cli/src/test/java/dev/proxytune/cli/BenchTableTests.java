package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.proxytune.cli.BenchTable.Column;
import dev.proxytune.cli.BenchTable.Line;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchTableTests {
    private final BenchTable table = new BenchTable(
            "speed",
            "what | how",
            List.of("One.", "Two."),
            List.of(new Column("ms", "ms a token", 2), new Column("ratio", "a ÷ b", 3)),
            List.of(Line.of("first", 1234.567, 0.5), Line.of("a longer name", 2, Double.NaN)));

    @Test
    void alignsColumnsForATerminal() {
        assertThat(table.text()).isEqualTo("""
                        what | how     ms a token  a ÷ b
                        first            1,234.57  0.500
                        a longer name        2.00
                          One.
                          Two.
                        """);
    }

    @Test
    void writesMarkdown() {
        assertThat(table.markdown()).isEqualTo("""
                        | what \\| how | ms a token | a ÷ b |
                        |---|---|---|
                        | first | 1,234.57 | 0.500 |
                        | a longer name | 2.00 |  |

                        One. Two.
                        """);
    }

    @Test
    void wrapsParagraphs() {
        assertThat(BenchTable.wrapped("a ".repeat(100).strip()).lines())
                .hasSize(2)
                .allMatch(line -> line.length() <= 118);
        assertThat(BenchTable.wrapped("one two")).isEqualTo("one two\n");
        assertThat(BenchTable.wrapped("x".repeat(200) + " y")).isEqualTo("x".repeat(200) + "\ny\n");
    }

    @Test
    void givesProgramsAllDecimals() {
        assertThat(table.object()).containsEntry("title", "what | how").containsEntry("notes", List.of("One.", "Two."));
        assertThat((List<?>) table.object().get("rows"))
                .first()
                .isEqualTo(Map.of("name", "first", "ms", 1234.567, "ratio", 0.5));
        assertThat(Json.line(table.object())).contains("\"ratio\":null");
    }

    @Test
    void refusesLinesOfAnotherLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BenchTable(
                        "x", "x", List.of(), List.of(new Column("a", "a", 0)), List.of(Line.of("short"))))
                .withMessageContaining("short has 0 numbers for 1 columns");
    }
}
