package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkedSectionTests {
    private static final String BEGIN = "<!-- bench: own -->";
    private static final String END = "<!-- end of bench: own -->";

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("page.md"), text, StandardCharsets.ISO_8859_1);
    }

    private String written(Path file, String section) throws IOException {
        new MarkedSection(file, "bench: own").write(section);
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    @Test
    void replacesTheSectionAndLeavesEveryOtherByte() throws IOException {
        String before = "# Title \u00ff\u0000\r\n\n" + BEGIN + "\n";
        String after = END + "\n<!-- bench: other -->\n\ttail without an end of line";
        Path file = file(before + "old\n\nlines\n" + after);
        assertThat(written(file, "new ÷\n"))
                .isEqualTo(before
                        + new String("new ÷\n".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                        + after);
        assertThat(written(file, "")).isEqualTo(before + after);
        assertThat(written(file, "again\n")).isEqualTo(before + "again\n" + after);
    }

    @Test
    void endsLinesAsTheFileDoes() throws IOException {
        Path file = file(BEGIN + "\r\nold\r\n" + END);
        assertThat(written(file, "a\nb\n")).isEqualTo(BEGIN + "\r\na\r\nb\r\n" + END);
    }

    @Test
    void makesAFileThatIsNotThere() throws IOException {
        Path file = folder.resolve("new.md");
        assertThat(written(file, "a\n")).isEqualTo(BEGIN + "\na\n" + END + "\n");
        assertThat(written(file, "b\n")).isEqualTo(BEGIN + "\nb\n" + END + "\n");
    }

    @Test
    void takesNoHeedOfMarkersWithinLines() throws IOException {
        String text = "write " + BEGIN + " and " + END + "\n" + BEGIN + "\n" + END + "\n";
        assertThat(written(file(text), "a\n"))
                .isEqualTo("write " + BEGIN + " and " + END + "\n" + BEGIN + "\na\n" + END + "\n");
    }

    @Test
    void keepsLinksAndPermissions() throws IOException {
        Path file = file(BEGIN + "\n" + END + "\n");
        assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(folder.resolve("link.md"), file.getFileName());
        assertThat(written(link, "a\n")).contains("a");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.readString(file)).contains("a");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text|no line '<!-- bench: own -->'",
                "B|no line '<!-- end of bench: own -->'",
                "E|no line '<!-- bench: own -->'",
                "BEB|twice",
                "BEE|twice",
                "EB|before"
            })
    void refusesFilesWithoutBothLinesInOrder(String lines, String message) throws IOException {
        String text = lines.replace("B", BEGIN + "\n").replace("E", END + "\n");
        Path file = file(text);
        assertThatThrownBy(() -> new MarkedSection(file, "bench: own"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("page.md");
        assertThat(file).hasContent(text);
    }

    @Test
    void refusesPlacesThatCannotBeWritten() {
        assertThatThrownBy(() -> new MarkedSection(folder, "bench: own"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is a folder");
        assertThatThrownBy(() -> new MarkedSection(folder.resolve("none").resolve("page.md"), "bench: own"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cannot be written");
    }
}
