package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EscapesTests {

    static Stream<Arguments> escapes() {
        return Stream.of(
                Arguments.of("a\\nb", "a\nb"),
                Arguments.of("\\r\\t", "\r\t"),
                Arguments.of("\\'\\\"", "'\""),
                Arguments.of("\\\\n", "\\n"),
                Arguments.of("\\x41\\x4a", "AJ"),
                Arguments.of("\\xc3\\xa9", "é"),
                Arguments.of("\\xe2\\x82\\xac", "€"),
                Arguments.of("\\q", "\\q"),
                Arguments.of("\\x4", "\\x4"),
                Arguments.of("\\xzz", "\\xzz"),
                Arguments.of("end\\", "end\\"),
                Arguments.of("é\\n", "é\n"));
    }

    @ParameterizedTest
    @MethodSource("escapes")
    void replacesEscapes(String escaped, String text) {
        assertThat(Escapes.process(escaped, "text")).isEqualTo(text);
    }

    @Test
    void refusesBytesThatAreNoText() {
        assertThatThrownBy(() -> Escapes.process("ab\\xff", "The text"))
                .isInstanceOf(MalformedTextException.class)
                .hasMessageContaining("The text", "0xff", "offset 2");
        assertThatThrownBy(() -> Escapes.process("ab\\xc3", "The text")).hasMessageContaining("0xc3", "offset 2");
    }

    @Test
    void writesEscapesThatItTakesBack() {
        String text = "a\\ \n\r\t\0\033é\"";
        assertThat(Escapes.escape(text)).isEqualTo("a\\\\ \\n\\r\\t\\x00\\x1bé\"");
        assertThat(Escapes.process(Escapes.escape(text), "text")).isEqualTo(text);
    }
}
