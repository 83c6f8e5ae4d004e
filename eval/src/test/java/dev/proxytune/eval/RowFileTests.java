package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.RowWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowFileTests {
    @TempDir
    private Path folder;

    private List<Row> read(String text) throws IOException {
        return RowFile.read(Files.writeString(folder.resolve("p.jsonl"), text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1}\n{\"a\":2}\n",
                "{\"a\":1}\r\n\r\n{\"a\":2}",
                "[{\"a\":1},{\"a\":2}]",
                "\uFEFF{\"a\":1}\n{\"a\":2}\n",
                "  [\n {\n\"a\":1\n},\n{\"a\":2}\n]\n\n",
                "{\"a\":\n1}{\"a\":2.0}"
            })
    void readsLinesAndArrays(String text) throws IOException {
        List<Row> rows = read(text);
        assertThat(rows).extracting(row -> row.requiredText("a")).containsExactly("1", "2");
        assertThat(rows.get(1).place()).endsWith("p.jsonl, row 2");
    }

    @Test
    void readsCompressedFilesWhateverTheirName() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write("{\"a\":\"é\"}\n".getBytes(StandardCharsets.UTF_8));
        }
        Path file = Files.write(folder.resolve("x.jsonl"), bytes.toByteArray());
        assertThat(RowFile.read(file).getFirst().requiredText("a")).isEqualTo("é");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|has no rows",
                "[]|has no rows",
                "{\"a\":1}~{\"a\":|row 2 (line 2)",
                "{\"a\":1}~nonsense|row 2 (line 2)",
                "{\"a\":1}~7|row 2 is no JSON object",
                "[1]|row 1 is no JSON object",
                "[{\"a\":1}|row 2",
                "[{\"a\":1}] {}|goes on after its array",
                "{\"a\":\"x~y\"}|row 1 (line 1)",
                "\"text\"|row 1 is no JSON object"
            })
    void namesTheRowThatIsBroken(String text, String message) {
        assertThatThrownBy(() -> read(text.replace('~', '\n')))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("p.jsonl", message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void saysWhyAFileCannotBeRead() {
        assertThatThrownBy(() -> RowFile.read(folder.resolve("none"))).hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> RowFile.read(folder)).hasMessageContaining("it is a folder");
        assertThatThrownBy(() ->
                        RowFile.read(Files.write(folder.resolve("b"), new byte[] {'{', '"', (byte) 0xff, '"'})))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("row 1", "it is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource({"test.parquet,PAR1\u0015,read_parquet", "TruthfulQA.csv,'Type,Question',read_csv", "q.TSV,a,read_csv"})
    void tellsHowToWriteBenchmarksThatArePublishedOtherwise(String name, String text, String message) {
        Path file = folder.resolve(name);
        assertThatCode(() -> Files.writeString(file, text)).doesNotThrowAnyException();
        assertThatThrownBy(() -> RowFile.read(file))
                .hasMessageContainingAll(name, "as JSON lines", message)
                .message()
                .doesNotContain("was expecting");
    }

    @Test
    void takesAllDressesOfYesAndNo() throws IOException {
        Row row = read("{\"a\":true,\"b\":1,\"c\":1.0,\"d\":[1],\"e\":\"True\",\"f\":[[\"yes\"]],"
                        + "\"g\":false,\"h\":0,\"i\":\"0\",\"j\":[false],\"k\":null,\"l\":NaN,\"m\":[],\"n\":\"nan\",\"o\":[null]}")
                .getFirst();
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            assertThat(row.truth(name)).as(name).hasValue(true);
        }
        for (String name : List.of("g", "h", "i", "j")) {
            assertThat(row.truth(name)).as(name).hasValue(false);
        }
        for (String name : List.of("k", "l", "m", "n", "o", "absent")) {
            assertThat(row.truth(name)).as(name).isEmpty();
        }
        assertThat(row.truth("k", "a")).hasValue(true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.5", "2", "\"maybe\"", "[1,0]", "{}", "Infinity", "-Infinity"})
    void refusesWhatIsNeitherYesNorNo(String value) throws IOException {
        Row row = read("{\"a\":1}\n{\"a\":" + value + "}").get(1);
        assertThatThrownBy(() -> row.truth("a"))
                .hasMessageContainingAll("p.jsonl, row 2", "\"a\" must be true, false, 1 or 0");
    }

    @ParameterizedTest
    @CsvSource({
        "18, 18",
        "18.0, 18",
        "9.75, 9.75",
        "1e3, 1000",
        "-0.5, -0.5",
        "100000000000000000000, 100000000000000000000"
    })
    void writesNumbersAsTheyAreUsuallyWritten(String json, String text) throws IOException {
        assertThat(read("{\"a\":" + json + "}").getFirst().requiredText("a")).isEqualTo(text);
    }

    @Test
    void saysThatACompressedFileIsTruncated() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write("{\"a\":\"é\"}\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        }
        for (int length : new int[] {5, bytes.size() - 12}) {
            Path file = Files.write(folder.resolve("x.gz"), Arrays.copyOf(bytes.toByteArray(), length));
            assertThatThrownBy(() -> RowFile.read(file))
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContainingAll("x.gz", "cannot be read", "the gzip file is truncated");
        }
    }

    @Test
    void writesHalvesOfSurrogatePairsAsTheyWereRead() throws IOException {
        String json = "{\"a\":\"x\\ud800y\\udc00 🦊\"}";
        Row row = read(json).getFirst();
        assertThat(row.json()).isEqualTo(json);
        Path out = folder.resolve("out.jsonl");
        String torn = "{\"a\":\"";
        try (var writer = RowWriter.create(out, Map.of())) {
            writer.add(Map.of("a", row.requiredText("a")));
        }
        Files.writeString(out, torn, StandardOpenOption.APPEND);
        try (var writer = RowWriter.resume(out, Map.of())) {
            assertThat(writer.present()).singleElement().isEqualTo(Map.of("a", row.requiredText("a")));
            writer.add(Map.of("a", 2));
        }
        assertThat(out).hasContent(json + "\n{\"a\":2}\n");
    }

    @Test
    void readsListsAndSingleTexts() throws IOException {
        Row row = read("{\"a\":[\"x\",\"y\"],\"b\":\"z\",\"c\":[7],\"d\":null}").getFirst();
        assertThat(row.texts("a")).containsExactly("x", "y");
        assertThat(row.texts("b")).containsExactly("z");
        assertThat(row.texts("c")).containsExactly("7");
        assertThat(row.texts("d")).isEmpty();
        assertThatThrownBy(() -> row.text("a")).hasMessageContaining("\"a\" must be a text");
        assertThatThrownBy(() -> row.requiredText("q"))
                .hasMessageContainingAll("lacks the field \"q\"", "it has: a, b, c, d");
        assertThatThrownBy(() -> row.requiredText("d")).hasMessageContaining("has an empty \"d\"");
    }
}
