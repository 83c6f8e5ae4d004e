package dev.proxytune.jsonl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowWriterTests {
    private static final Map<String, Object> SETTINGS = Map.of("a", 1, "b", "x");

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("rows.jsonl");
    }

    private void write(int rows) {
        try (var writer = RowWriter.create(file, SETTINGS)) {
            for (int i = 0; i < rows; i++) {
                writer.add(Map.of("id", i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void goesOnBehindTheLastWholeRow(int rows) throws IOException {
        write(rows);
        Files.writeString(file, "{\"id\":\"torn".repeat(20_000), StandardOpenOption.APPEND);
        try (var writer = RowWriter.resume(file, SETTINGS)) {
            assertThat(writer.isBegun()).isEqualTo(rows > 0);
            assertThat(writer.present()).hasSize(rows);
            writer.addLine("{\"id\":9}\n");
            assertThatThrownBy(writer::present).isInstanceOf(IllegalStateException.class);
        }
        assertThat(Files.readAllLines(file)).hasSize(rows + 1).last().isEqualTo("{\"id\":9}");
    }

    @Test
    void refusesOtherSettings() {
        write(1);
        assertThatThrownBy(() -> RowWriter.resume(file, Map.of("a", 2, "b", "x")))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("was begun with a 1, now it is 2");
        assertThat(file).hasContent("{\"id\":0}");
    }

    @Test
    void letsNobodyElseWrite() throws IOException {
        write(1);
        try (var writer = RowWriter.resume(file, SETTINGS)) {
            assertThatThrownBy(() -> RowWriter.resume(file, SETTINGS)).hasMessageContaining("another run");
            assertThatThrownBy(() -> RowWriter.create(file, SETTINGS)).hasMessageContaining("another run");
            writer.add(Map.of("id", 1));
        }
        assertThat(Files.readAllLines(file)).hasSize(2);
    }

    @Test
    void refusesToGoOnWithWhatItHasNotWritten() throws IOException {
        write(1);
        Files.writeString(file, "hello\n", StandardOpenOption.APPEND);
        try (var writer = RowWriter.resume(file, SETTINGS)) {
            assertThatThrownBy(writer::present).hasMessageContainingAll("line 2", "cannot be continued");
        }
    }
}
