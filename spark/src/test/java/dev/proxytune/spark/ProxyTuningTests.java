package dev.proxytune.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Cancellation;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.batch.BatchCluster;
import dev.proxytune.batch.BatchRows;
import dev.proxytune.batch.BatchRun;
import dev.proxytune.openai.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers rows by a Spark that runs in this process. */
class ProxyTuningTests {
    private static final int ROWS = 17;
    private static final FamilyEngine ENGINE = FamilyEngine.inPlace();

    @TempDir
    private static Path folder;

    private static Path in;
    private static BatchRun.Result result = new BatchRun.Result(0, 0, 0);
    private static List<String> expected = List.of();

    @BeforeAll
    static void answerWithoutSpark() throws IOException {
        List<String> lines = new ArrayList<>(IntStream.range(0, ROWS)
                .mapToObj(i ->
                        "{\"id\": \"" + i + "\", \"prompt\": \"Once, at " + i + "\", \"temperature\": " + (i % 2) + "}")
                .toList());
        lines.add(3, "");
        lines.set(5, "{\"id\": \"4\", \"prompt\": \"x\", \"top_p\": 7}");
        in = Files.write(folder.resolve("in.jsonl"), lines);
        expected = alone(in);
    }

    private static List<String> alone(Path rows) {
        List<String> answers = new ArrayList<>();
        try (var engine = ENGINE.open();
                var read = BatchRows.open(rows)) {
            BatchRun.run(engine, read, answer -> answers.add(answer.line().strip()), (_, _) -> {}, new Cancellation());
        }
        return answers;
    }

    @AfterAll
    static void stop() {
        SparkSession.builder().master("local[2]").getOrCreate().stop();
    }

    private static Path run(Path from, String name, int partitions) {
        Path to = folder.resolve(name);
        result = new SparkCluster()
                .run(new BatchCluster.Job("local[2]", from.toString(), to.toString(), false, partitions, 0, ENGINE));
        return to;
    }

    private static List<String> lines(Path output) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(output)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("part-"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7})
    void linesAreAnsweredInOrderAsWithoutSparkWhateverThePartitions(int partitions) throws IOException {
        FamilyEngine.OPENED.set(0);
        assertThat(expected)
                .hasSize(ROWS)
                .filteredOn(line -> line.contains("error"))
                .hasSize(1);
        assertThat(lines(run(in, "lines" + partitions + ".jsonl", partitions))).isEqualTo(expected);
        assertThat(result.rows()).isEqualTo(ROWS);
        assertThat(result.failed()).isEqualTo(1);
        assertThat(result.tokens())
                .isEqualTo(expected.stream()
                        .mapToInt(line ->
                                Json.tree(line).path("completion_tokens").intValue(0))
                        .sum());
        assertThat(FamilyEngine.OPENED).hasValueLessThanOrEqualTo(1);
        assertThat(Engines.open()).isEqualTo(1);
    }

    @Test
    void tablesAreAnsweredAsLinesAre() throws IOException {
        Path parquet = run(in, "first.parquet", 2);
        assertThat(texts(read(parquet, "parquet"))).isEqualTo(texts(expected));
        // As CSV, every value is a text.
        Path csv = Files.writeString(
                folder.resolve("in.csv"),
                "id,prompt,temperature,top_p\n"
                        + String.join(
                                "",
                                IntStream.range(0, ROWS)
                                        .mapToObj(i ->
                                                i == 4 ? "4,x,,7\n" : i + ",\"Once, at " + i + "\"," + i % 2 + ",\n")
                                        .toList()));
        Path answered = run(csv, "csv.parquet", 3);
        Dataset<Row> rows = read(answered, "parquet");
        assertThat(texts(rows)).isEqualTo(texts(expected));
        assertThat(Arrays.asList(rows.columns()))
                .containsExactly(
                        "id",
                        "prompt",
                        "temperature",
                        "top_p",
                        "text",
                        "finish_reason",
                        "prompt_tokens",
                        "completion_tokens",
                        "error");
        assertThatThrownBy(() -> ProxyTuning.generate(rows, ENGINE))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("a column text already");
    }

    private static Dataset<Row> read(Path file, String form) {
        return spark().read().format(form).load(file.toString());
    }

    private static SparkSession spark() {
        return SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate();
    }

    private static Map<String, String> texts(Dataset<Row> rows) {
        Map<String, String> texts = new TreeMap<>();
        for (Row row : rows.collectAsList()) {
            Object error = row.getAs("error");
            texts.put(row.getAs("id"), error == null ? row.<String>getAs("text") : error.toString());
        }
        return texts;
    }

    private static Map<String, String> texts(List<String> answers) {
        Map<String, String> texts = new TreeMap<>();
        for (String line : answers) {
            var row = Json.tree(line);
            texts.put(
                    row.get("id").asString(),
                    row.has("text")
                            ? row.get("text").asString()
                            : row.get("error").asString());
        }
        return texts;
    }

    @Test
    void linesThatAreNoRowsAreAnsweredAsWithoutSpark() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF});
        bytes.writeBytes("{\"id\": 1, \"prompt\": \"Once\"}\r\n \r\n{\n{\"id\": 2,\"prompt\": \"".getBytes(UTF_8));
        bytes.write(0xFF);
        bytes.writeBytes(
                "\"}\n[1]\n\u0000\n{\"id\": \"\\ud800\", \"prompt\": \"\u65e5\ud83d\ude42\"}\n".getBytes(UTF_8));
        bytes.writeBytes(("{\"id\": 3, \"prompt\": \"" + "long ".repeat(50_000) + "\"}\nend").getBytes(UTF_8));
        Path strange = Files.write(folder.resolve("strange.jsonl"), bytes.toByteArray());
        List<String> answers = alone(strange);
        assertThat(answers)
                .hasSize(8)
                .filteredOn(line -> line.contains("no text"))
                .hasSize(2);
        assertThat(lines(run(strange, "strange-answers.jsonl", 3))).isEqualTo(answers);
        assertThat(result.failed()).isEqualTo(6);
    }

    @Test
    void cellsOfCsvKeepWhatTheyHold() throws IOException {
        List<String> prompts =
                List.of("He said \"hi\",\nand left", " \u65e5\u672c \ud83d\ude42 ", "#x", "a\\\"b\\", "\t1\r2 ");
        Path rows = folder.resolve("cells.jsonl");
        Path csv = folder.resolve("cells.csv");
        List<String> lines = new ArrayList<>();
        var table = new StringBuilder("\uFEFFid,prompt,messages\n");
        for (int i = 0; i < prompts.size(); i++) {
            var row = Json.object().put("id", "" + i).put("prompt", prompts.get(i));
            lines.add(row.toString());
            table.append(i + ",\"" + prompts.get(i).replace("\"", "\"\"") + "\",\n");
        }
        String talk = "[{\"role\":\"user\",\"content\":\"a, b\"}]";
        lines.add("{\"id\":\"5\",\"messages\":" + talk + "}");
        table.append("5,,\"" + talk.replace("\"", "\"\"") + "\"\n");
        Files.write(rows, lines);
        Files.writeString(csv, table);

        Map<String, String> expectedTexts = texts(alone(rows));
        Path out = run(csv, "cells-out.csv", 2);
        Dataset<Row> answered = TableForm.CSV.read(spark(), out.toString());
        assertThat(texts(answered)).isEqualTo(expectedTexts);
        assertThat(answered.sort("id").collectAsList().stream().map(row -> row.<String>getAs("prompt")))
                .startsWith(prompts.toArray(String[]::new));
    }

    @Test
    void tablesWithoutRowsHaveNoAnswersAndThoseWithoutPromptsAreRefused() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.csv"), "");
        assertThat(read(run(empty, "empty.parquet", 1), "parquet").count()).isZero();
        Path header = Files.writeString(folder.resolve("header.csv"), "id,prompt\n");
        assertThat(read(run(header, "header.parquet", 1), "parquet").count()).isZero();
        assertThat(result.rows()).isZero();
        Path other = Files.writeString(folder.resolve("other.csv"), "id,question\n1,x\n");
        assertThatThrownBy(() -> run(other, "other.parquet", 1))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("neither a column prompt nor messages, only id, question");
        assertThat(folder.resolve("other.parquet")).doesNotExist();
    }

    @Test
    void saysWhatIsWrongWithFiles() {
        assertThatThrownBy(() -> run(folder.resolve("in.txt"), "a.jsonl", 1))
                .hasMessageContaining("must end in .jsonl, .csv or .parquet");
        assertThatThrownBy(() -> run(folder.resolve("none.csv"), "b.jsonl", 1))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("none.csv");
    }
}
