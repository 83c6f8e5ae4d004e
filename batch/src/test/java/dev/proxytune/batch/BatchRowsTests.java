package dev.proxytune.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.batch.BatchRow.OpenAi;
import dev.proxytune.batch.BatchRow.Plain;
import dev.proxytune.batch.BatchRow.Unreadable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchRowsTests {
    @TempDir
    private Path folder;

    private static List<BatchRow> read(BatchRows rows) {
        List<BatchRow> read = new ArrayList<>();
        try (rows) {
            rows.forEachRemaining(read::add);
        }
        return read;
    }

    private static List<BatchRow> read(String text) {
        return read(BatchRows.of(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "text"));
    }

    @Test
    void readsRowsAndLeavesEmptyLinesOut() {
        List<BatchRow> rows = read("\uFEFF{\"id\": 7, \"prompt\": \"é\"}\r\n\n  \n{\"messages\": []}");
        assertThat(rows).hasSize(2).allMatch(Plain.class::isInstance);
        assertThat(rows.getFirst().name()).contains("7");
        assertThat(rows.getLast().name()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"id": "a"                                                     | not JSON
            {"id": "a", "prompt": "x"} {"id": "b"}                         | not JSON: it goes on after its first value
            [1, 2]                                                         | an object is expected
            {"id": "a"}                                                    | neither prompt nor messages
            {"id": "a", "prompt": "x", "messages": []}                     | both prompt and messages
            {"id": ["a"], "prompt": "x"}                                   | id must be a text or a number
            {"custom_id": 3, "url": "/v1/completions", "body": {}}         | custom_id is missing
            {"custom_id": "a", "url": "/v1/embeddings", "body": {}}        | got the text "/v1/embeddings"
            {"custom_id": "a", "url": "/v1/completions", "method": "GET"}  | method must be POST
            {"custom_id": "a", "url": "/v1/completions", "body": "x"}      | body is missing
            """)
    void saysWhatIsWrongWithARow(String line, String fault) {
        assertThat(read(line))
                .singleElement()
                .isInstanceOfSatisfying(
                        Unreadable.class, row -> assertThat(row.fault()).contains(fault));
    }

    @Test
    void goesOnAfterBytesThatAreNoText() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.write(file, "{\"prompt\":\"?\"}\n{\"prompt\":\"x\"}\n".getBytes(StandardCharsets.US_ASCII));
        byte[] bytes = Files.readAllBytes(file);
        bytes[11] = (byte) 0xff;
        Files.write(file, bytes);
        List<BatchRow> rows = read(BatchRows.open(file));
        assertThat(rows.getFirst()).isInstanceOf(Unreadable.class);
        assertThat(rows.getLast()).isInstanceOf(Plain.class);
    }

    @Test
    void readsALineAlikeWithAndWithoutItsEnd() {
        for (String line : List.of("{", "{\"id\": 1", "{\"id\": 1, \"prompt\": \"x\"}", "end", "\uFEFF[]")) {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            assertThat(read(line + "\n")).isEqualTo(read(line)).containsExactly(BatchRows.parse(bytes, false));
        }
        assertThat(BatchRows.isBlank(" \r".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(BatchRows.isBlank(new byte[] {(byte) 0xff})).isFalse();
    }

    @Test
    void knowsTheFormOfTheFileWhereALineDoesNotTell() {
        String request = "{\"custom_id\": \"a\", \"url\": \"/v1/chat/completions\", \"body\": {}}\n";
        List<BatchRow> rows = read(request + "{\n");
        assertThat(rows.getFirst())
                .isInstanceOfSatisfying(
                        OpenAi.class, row -> assertThat(row.chat()).isTrue());
        assertThat(rows.getLast())
                .isInstanceOfSatisfying(
                        Unreadable.class, row -> assertThat(row.openAi()).isTrue());
    }

    @Test
    void readsCompressedFilesAndTellsThemByWhatTheySay() throws IOException {
        String text = "{\"prompt\":\"x\"}\n\n{\"prompt\":\"y\"}\n";
        Path plain = Files.writeString(folder.resolve("plain"), text);
        Path packed = folder.resolve("packed");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(read(BatchRows.open(packed))).isEqualTo(read(BatchRows.open(plain)));
        assertThat(BatchRows.facts(packed))
                .isEqualTo(BatchRows.facts(plain))
                .extracting(BatchRows.Facts::rows)
                .isEqualTo(2L);
        Path other = Files.writeString(folder.resolve("other"), text.replace('y', 'z'));
        assertThat(BatchRows.facts(other).sha256())
                .isNotEqualTo(BatchRows.facts(plain).sha256());
    }

    @Test
    void saysThatThereIsNoFile() {
        assertThatThrownBy(() -> BatchRows.open(folder.resolve("none")))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> BatchRows.facts(folder)).hasMessageContaining("is a folder");
        assertThat(read("")).isEmpty();
        assertThat(read("\n\n")).isEmpty();
    }
}
