package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers rows with the models that come with the project. */
class BatchCommandTests {
    private static final Path MODELS = Path.of("../models");
    private static final int ROWS = 12;

    @TempDir
    private Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void writeRows() throws IOException {
        in = Files.write(folder.resolve("in.jsonl"), lines());
        out = folder.resolve("out.jsonl");
    }

    private static List<String> lines() {
        return IntStream.range(0, ROWS)
                .mapToObj(i -> "{\"id\": \"row " + i + "\", \"prompt\": \"What is " + i + " plus 2?\", \"max_tokens\": "
                        + (i % 5 + 2) + (i % 2 == 0 ? "" : ", \"temperature\": 1.5") + "}")
                .toList();
    }

    private static List<String> command(Path from, Path to, String... more) {
        List<String> command = new ArrayList<>(List.of("batch", from.toString(), to.toString()));
        command.addAll(List.of(
                "--target=" + MODELS.resolve("target.gguf"),
                "--expert=" + MODELS.resolve("expert.gguf"),
                "--anti-expert=" + MODELS.resolve("anti-expert.gguf"),
                "--threads=1"));
        command.addAll(List.of(more));
        return command;
    }

    private static CommandRun run(List<String> command) {
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    private CommandRun batch(String... more) {
        return run(command(in, out, more));
    }

    private static List<Map<String, Object>> rows(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(Json::object).toList();
    }

    private static CommandRun ok(CommandRun run) {
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    @Test
    void answersEachRowInOrderAsItsSettingsSay() throws IOException {
        ok(batch("--batch=4"));
        List<Map<String, Object>> rows = rows(out);
        assertThat(rows).hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i))
                    .containsEntry("id", "row " + i)
                    .containsKeys("text", "finish_reason", "prompt_tokens", "completion_tokens");
            int most = i % 5 + 2;
            assertThat(rows.get(i).get("completion_tokens"))
                    .isInstanceOfSatisfying(
                            Integer.class, tokens -> assertThat(tokens).isBetween(0, most));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "5"})
    void answersDependOnTheRowAlone(String size) throws IOException {
        ok(batch("--batch=12"));
        List<String> shuffled = new ArrayList<>(lines());
        Collections.shuffle(shuffled, new Random(7));
        Path other = folder.resolve("other.jsonl");
        ok(run(command(Files.write(folder.resolve("shuffled.jsonl"), shuffled), other, "--batch=" + size)));
        assertThat(Files.readAllLines(other)).containsExactlyInAnyOrderElementsOf(Files.readAllLines(out));
        ok(run(command(in, other, "--force", "--seed=43", "--batch=" + size)));
        assertThat(Files.readAllLines(other)).isNotEqualTo(Files.readAllLines(out));
    }

    @Test
    void answersAsGenerateDoes() throws IOException {
        ok(batch());
        List<String> generate = new ArrayList<>(command(in, out, "-n=2", "-p=What is 0 plus 2?"));
        generate.subList(0, 3).clear();
        generate.addFirst("generate");
        assertThat(rows(out).getFirst()).containsEntry("text", ok(run(generate)).out());
    }

    @Test
    void aBadRowGetsAnErrorAndEndsNothing() throws IOException {
        Files.write(
                in,
                List.of(
                        "{\"id\": 1, \"prompt\": \"x\", \"temperature\": \"hot\"}",
                        "nonsense",
                        "{\"id\": 2, \"prompt\": \"" + "long ".repeat(4000) + "\"}",
                        "{\"id\": 3, \"prompt\": \"x\", \"alpha\": [1, 2]}",
                        "{\"id\": 4, \"prompt\": \"x\", \"grammar\": \"root = \"}",
                        "{\"id\": 5, \"prompt\": [\"x\", \"y\"]}",
                        "{\"id\": 6, \"prompt\": \"x\", \"max_tokens\": 1}"));
        CommandRun run = ok(batch());
        List<Map<String, Object>> rows = rows(out);
        assertThat(rows).hasSize(7);
        assertThat(rows.subList(0, 6)).allSatisfy(row -> assertThat(row).containsOnlyKeys("id", "error"));
        assertThat(rows.get(2).get("error")).asString().contains("maximum context length");
        assertThat(rows.getLast()).containsEntry("id", 6).containsKey("text");
        assertThat(run.err()).contains("6 rows failed");
    }

    @Test
    void answersFilesOfOpenAiInTheirForm() throws IOException {
        String start =
                "{\"custom_id\": \"%s\", \"method\": \"POST\", \"url\": \"/v1/%s\", \"body\": {\"model\": \"m\", ";
        Files.write(
                in,
                List.of(
                        start.formatted("a", "chat/completions")
                                + "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"n\": 2, \"max_tokens\": 3}}",
                        start.formatted("b", "completions") + "\"prompt\": \"Once\", \"max_tokens\": 2}}",
                        start.formatted("c", "completions") + "\"prompt\": \"Once\", \"top_p\": 7}}",
                        start.formatted("d", "embeddings") + "\"input\": \"Once\"}}",
                        "{"));
        ok(batch());
        List<Map<String, Object>> rows = rows(out);
        assertThat(rows).extracting(row -> row.get("custom_id")).containsExactly("a", "b", "c", "d", null);
        assertThat(status(rows.get(0))).isEqualTo(200);
        assertThat((List<?>) body(rows.get(0)).get("choices")).hasSize(2);
        assertThat(body(rows.get(0))).containsEntry("object", "chat.completion").containsKeys("usage", "id");
        assertThat(body(rows.get(1))).containsEntry("object", "text_completion");
        assertThat(status(rows.get(2))).isEqualTo(400);
        assertThat(body(rows.get(2)).get("error")).asString().contains("top_p must be");
        assertThat(rows.subList(3, 5)).allSatisfy(row -> {
            assertThat(row.get("response")).isNull();
            assertThat(row.get("error")).isInstanceOf(Map.class);
        });
    }

    private static Map<?, ?> response(Map<String, Object> row) {
        return (Map<?, ?>) Objects.requireNonNull(row.get("response"));
    }

    private static Object status(Map<String, Object> row) {
        return Objects.requireNonNull(response(row).get("status_code"));
    }

    @SuppressWarnings("unchecked") // objects of JSON have texts for keys
    private static Map<String, Object> body(Map<String, Object> row) {
        return (Map<String, Object>) Objects.requireNonNull(response(row).get("body"));
    }

    @Test
    void readsAndWritesStandardStreams() throws IOException {
        ok(batch());
        CommandRun piped = ok(CommandRun.with(new LlamaLoader())
                .in(String.join("\n", lines()).getBytes(StandardCharsets.UTF_8))
                .run(command(Path.of("-"), Path.of("-")).toArray(String[]::new)));
        assertThat(piped.out()).isEqualTo(Files.readString(out));
        CommandRun resumed = run(command(Path.of("-"), out, "--resume"));
        assertThat(resumed.code()).isEqualTo(2);
        assertThat(resumed.err()).contains("--resume needs files");
    }

    @Test
    void goesOnBehindWhatIsThereAndDropsATornLine() throws IOException {
        ok(batch());
        List<String> whole = Files.readAllLines(out);
        for (int done : new int[] {0, 1, 7, ROWS}) {
            Files.writeString(
                    out,
                    String.join(
                                    "",
                                    whole.stream()
                                            .limit(done)
                                            .map(line -> line + "\n")
                                            .toList())
                            + (done < ROWS ? whole.get(done).substring(0, 9) : ""));
            ok(batch("--resume", "--batch=2"));
            assertThat(Files.readAllLines(out)).isEqualTo(whole);
        }
        assertThat(batch().code()).isEqualTo(2);
    }

    @Test
    void aTrialOfTheFirstRowsCanBeGoneOnWith() throws IOException {
        ok(batch("--limit=3"));
        assertThat(Files.readAllLines(out)).hasSize(3);
        ok(batch("--resume"));
        assertThat(rows(out))
                .extracting(row -> row.get("id"))
                .doesNotHaveDuplicates()
                .hasSize(ROWS);
    }

    @Test
    void refusesToGoOnWithOtherSettingsOrRows() throws IOException {
        ok(batch("--limit=2"));
        byte[] before = Files.readAllBytes(out);
        for (String other : List.of("--seed=1", "--alpha=0.5", "--temp=0.1", "--format=plain", "-n=3", "--stop=x")) {
            CommandRun run = batch("--resume", other);
            assertThat(run.code()).as(other).isEqualTo(1);
            assertThat(run.err()).contains("was begun with");
        }
        List<String> lines = new ArrayList<>(lines());
        lines.set(ROWS - 1, lines.getLast().replace("plus", "minus"));
        Files.write(in, lines);
        assertThat(batch("--resume").err()).contains("was begun with rows_sha256");
        assertThat(out).hasBinaryContent(before);
    }

    @Test
    void refusesToWriteOverItsInput() throws IOException {
        byte[] before = Files.readAllBytes(in);
        CommandRun run = run(command(in, in, "--force"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("OUT would replace the rows of IN");
        assertThat(in).hasBinaryContent(before);
        assertThat(run(command(folder.resolve("none"), out)).err()).contains("there is no such file");
        assertThat(out).doesNotExist();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void killedItLosesAndDoublesNothing() throws IOException, InterruptedException {
        Files.write(
                in,
                IntStream.range(0, 40)
                        .mapToObj(i ->
                                "{\"id\": " + i + ", \"prompt\": \"Once upon a time " + i + "\", \"temperature\": 2}")
                        .toList());
        String[] settings = {"--batch=2", "-n=60", "--logit-bias=2-inf"};
        Path killed = folder.resolve("killed.jsonl");
        try (var child = ChildProcess.start("unlimited", command(in, killed, settings))) {
            assertThat(child.makes(killed)).isTrue();
            while (child.isAlive() && Files.size(killed) == 0) {
                Thread.sleep(5);
            }
            child.signal("KILL");
            child.end();
        }
        assertThat(Files.readAllLines(killed)).hasSizeBetween(1, 39);
        List<String> resumed = new ArrayList<>(command(in, killed, settings));
        resumed.add("--resume");
        assertThat(ok(run(resumed)).err()).contains("resuming after");
        ok(batch(settings));
        assertThat(killed).hasSameTextualContentAs(out);
    }
}
