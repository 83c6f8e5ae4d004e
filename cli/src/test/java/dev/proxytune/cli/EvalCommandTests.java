package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Evaluates models that llama.cpp really loads. */
class EvalCommandTests {
    private static final int QUESTIONS = 9;

    @TempDir
    private Path folder;

    private Path data;
    private Path out;
    private List<String> trio = List.of();

    @BeforeEach
    void writeModelsAndQuestions() throws IOException {
        trio = List.of(
                "--target=" + write("target.gguf", SyntheticModel.of(Shape.tiny(), 1)),
                "--anti-expert=" + write("anti.gguf", SyntheticModel.of(Shape.tiny(), 2)),
                "--expert="
                        + write(
                                "expert.gguf",
                                SyntheticModel.of(Shape.tiny(), 2).withPerturbation(3, 0.5f)));
        data = folder.resolve("questions.jsonl");
        out = folder.resolve("rows.jsonl");
        Files.writeString(
                data,
                IntStream.range(0, QUESTIONS)
                        .mapToObj(i -> "{\"question\": \"" + "What is it? ".repeat(i % 4 + 1) + i + "\", \"answer\": \""
                                + i + "\"}\n")
                        .collect(Collectors.joining()));
    }

    private Path write(String name, SyntheticModel model) {
        Path file = folder.resolve(name);
        model.write(file);
        return file;
    }

    private List<String> command(Path to, String... more) {
        List<String> command = new ArrayList<>(List.of("eval", "jsonl", "--data=" + data, "--out=" + to));
        command.addAll(trio);
        command.addAll(List.of("-t", "1"));
        command.addAll(List.of(more));
        if (List.of(more).stream().noneMatch(option -> option.startsWith("-n="))) {
            command.add("-n=12");
        }
        return command;
    }

    private static CommandRun run(List<String> command) {
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    private CommandRun eval(String... more) {
        return run(command(out, more));
    }

    private static List<Map<String, Object>> rows(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(Json::object).toList();
    }

    private static List<Object> answers(Path file) throws IOException {
        return rows(file).stream().map(row -> row.get("model_output")).toList();
    }

    @Test
    void refusesPlacesThatRowsMustNotBeWrittenTo() throws IOException {
        byte[] before = Files.readAllBytes(data);
        Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), data);
        for (Path to : List.of(data, link, folder.resolve("../" + folder.getFileName() + "/target.gguf"))) {
            CommandRun run = run(command(to, "--force"));
            assertThat(run.code()).as(run.err()).isEqualTo(2);
            assertThat(run.err()).contains("--out would replace");
        }
        assertThat(data).hasBinaryContent(before);
        Path missing = folder.resolve("none/rows.jsonl");
        assertThat(run(command(missing)).err()).contains("the folder " + missing.getParent() + " does not exist");
        Path inside = Files.createDirectory(folder.resolve("inside"));
        CommandRun run = run(command(inside, "--force"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("it is a folder");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".settings.json"));
        }
    }

    @Test
    void writesARowForEachQuestionInOrderAndScoresThem() throws IOException {
        CommandRun run = eval("--trace");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("exact_match", "n  ");
        List<Map<String, Object>> rows = rows(out);
        assertThat(rows).extracting(row -> row.get("index")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row).containsKeys("question", "model_output", "finish_reason", "tokens");
            assertThat(row.get("trace")).isInstanceOfSatisfying(Map.class, found -> {
                Map<?, ?> trace = found;
                assertThat(trace.keySet().toString()).isEqualTo("[tokens, delta, changed]");
                for (Object list : trace.values()) {
                    assertThat(((List<?>) list).size()).isEqualTo(row.get("tokens"));
                }
            });
        });
        assertThat(new HashSet<>(answers(out))).hasSizeGreaterThan(1);
        assertThat(Json.object(Files.readString(folder.resolve("rows.jsonl.settings.json"))))
                .containsEntry("task", "jsonl")
                .containsEntry("target", "target.gguf")
                .containsEntry("alpha", "1");
        CommandRun scored = CommandRun.with(new LlamaLoader()).run("score", "jsonl", out.toString());
        assertThat(scored.out()).isEqualTo(run.out());
    }

    @Test
    void marksOwnQuestionsByTheRuleThatIsChosen() {
        CommandRun run = eval("--metric=contains", "--limit=2", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Json.object(run.out())).containsKey("contains").containsEntry("alpha", "1");
        CommandRun wrong = eval("--metric=near", "--force");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("--metric must be exact, contains, numeric or regex, got: near");
    }

    @Test
    void tellsNoWeightOfAModelThatIsNotSteered() {
        trio = trio.subList(0, 1);
        CommandRun run = eval("--limit=1", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Json.object(run.out())).containsEntry("alpha", null);
    }

    @ParameterizedTest
    @CsvSource({"1", "4", "100"})
    void answersDependOnNothingThatRunsBeside(String batch) throws IOException {
        assertThat(eval("--temp=1", "--samples=2").code()).isZero();
        Path other = folder.resolve("other.jsonl");
        assertThat(run(command(other, "--temp=1", "--samples=2", "--batch=" + batch))
                        .code())
                .isZero();
        assertThat(other).hasSameTextualContentAs(out);
        assertThat(rows(out)).hasSize(2 * QUESTIONS);
        assertThat(rows(out).get(1)).containsEntry("index", 0).containsEntry("sample", 1);
        assertThat(new HashSet<>(answers(out))).as("each is drawn anew").hasSize(2 * QUESTIONS);
    }

    @Test
    void shardsTogetherAreTheWhole() throws IOException {
        assertThat(eval("--limit=7").code()).isZero();
        Set<String> together = new HashSet<>();
        for (int shard = 1; shard <= 3; shard++) {
            Path part = folder.resolve("part" + shard + ".jsonl");
            assertThat(run(command(part, "--limit=7", "--shard=" + shard + "/3"))
                            .code())
                    .isZero();
            Files.readAllLines(part)
                    .forEach(line -> assertThat(together.add(line)).isTrue());
        }
        assertThat(together).containsExactlyInAnyOrderElementsOf(Files.readAllLines(out));
    }

    @Test
    void resumesAfterTheLastWholeRow() throws IOException {
        assertThat(eval().code()).isZero();
        String whole = Files.readString(out);
        for (int length :
                List.of(0, 10, whole.indexOf('\n') + 1, whole.length() / 2, whole.length() - 1, whole.length())) {
            Files.writeString(out, whole.substring(0, length));
            CommandRun run = eval("--resume");
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(out).hasContent(whole);
        }
    }

    @Test
    void guessesChangeNoRowAndNoSettings() throws IOException {
        assertThat(eval("--speculate=off", "-n=40", "--temp=0.7").code()).isZero();
        String whole = Files.readString(out);
        Path settings = out.resolveSibling("rows.jsonl.settings.json");
        String before = Files.readString(settings);
        for (String speculate : List.of("auto", "1", "5")) {
            Files.writeString(out, whole.substring(0, whole.length() / 3));
            CommandRun run = eval("--speculate=" + speculate, "-n=40", "--temp=0.7", "--resume");
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(out).hasContent(whole);
            assertThat(settings).hasContent(before);
        }
        assertThat(eval("--speculate=17", "--resume").code()).isEqualTo(2);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aKilledRunGoesOnAndLosesOrDoublesNothing() throws IOException, InterruptedException {
        assertThat(eval("--batch=2", "-n=200").code()).isZero();
        Path killed = folder.resolve("killed.jsonl");
        try (var child = ChildProcess.start("unlimited", command(killed, "--batch=2", "-n=200"))) {
            assertThat(child.makes(killed)).isTrue();
            while (Files.size(killed) == 0) {
                Thread.sleep(5);
            }
            child.signal("KILL");
            child.end();
        }
        CommandRun run = run(command(killed, "--batch=2", "-n=200", "--resume"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(killed).hasSameTextualContentAs(out);
    }

    @Test
    void refusesToGoOnWithOtherSettingsOrOtherRows() throws IOException {
        assertThat(eval("--limit=3").code()).isZero();
        String before = Files.readString(out);
        for (CommandRun run : List.of(
                eval("--limit=3"),
                eval("--limit=3", "--resume", "--alpha=2"),
                eval("--limit=3", "--resume", "--seed=1"))) {
            assertThat(run.code()).isNotZero();
            assertThat(run.errorLines()).singleElement().asString().contains("rows.jsonl");
        }
        assertThat(eval("--limit=3", "--resume", "--alpha=2").err()).contains("alpha 1, now it is 2");
        assertThat(out).hasContent(before);
        Files.writeString(out, before.lines().skip(1).collect(Collectors.joining("\n", "", "\n")));
        assertThat(eval("--limit=3", "--resume").errorLines()).last().asString().contains("Row 1", "question 1");
        Files.writeString(out, "no row\n");
        assertThat(eval("--limit=3", "--resume").errorLines()).last().asString().contains("line 1 is no row");
        assertThat(eval("--limit=3", "--force").code()).isZero();
        assertThat(out).hasContent(before);
    }

    @Test
    void aRangeOfWeightsMakesAFileForEach() throws IOException {
        CommandRun run = eval("--alpha=0:1:0.5", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(3);
        List<Path> files = Stream.of("0", "0.5", "1")
                .map(alpha -> folder.resolve("rows.alpha-" + alpha + ".jsonl"))
                .toList();
        Path base = folder.resolve("base.jsonl");
        trio = trio.subList(0, 1);
        assertThat(run(command(base)).code()).isZero();
        assertThat(answers(files.get(0))).isEqualTo(answers(base));
        assertThat(answers(files.get(2))).isNotEqualTo(answers(base));
        assertThat(Json.object(run.out().lines().toList().get(1))).containsEntry("alpha", "0.5");
    }

    @Test
    void aQuestionThatDoesNotFitIsToldAndTheRestAnswered() throws IOException {
        Files.writeString(
                data, "{\"question\": \"" + "long ".repeat(3000) + "\", \"answer\": \"1\"}\n" + Files.readString(data));
        CommandRun run = eval();
        assertThat(run.code()).isZero();
        assertThat(run.err()).contains("1 answer failed");
        assertThat(rows(out)).hasSize(QUESTIONS + 1);
        assertThat(rows(out).getFirst().get("error")).asString().contains("context");
        assertThat(rows(out).get(1)).doesNotContainKey("error");
    }

    @ParameterizedTest
    @CsvSource({
        "--limit=0, --limit", "--shard=3/2, --shard", "--shard=x, --shard", "--batch=0, --batch",
                "--samples=0, --samples",
        "--alpha=1:0:1, --alpha", "--alpha=0:1:0, --alpha", "--alpha=a, --alpha", "-n=0, --predict",
                "--temp=-1, --temp",
        "--format=fancy, --format", "--top-p=0, --top-p"
    })
    void refusesWhatCannotBe(String option, String named) {
        CommandRun run = eval(option);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains(named);
        assertThat(out).doesNotExist();
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(CommandRun.with(new LlamaLoader())
                        .run("eval", "sums", "--target=x", "--data=y", "--out=z")
                        .err())
                .contains("gsm8k");
        data = folder.resolve("none.jsonl");
        assertThat(eval().errorLines()).singleElement().asString().contains("none.jsonl");
        assertThat(out).doesNotExist();
    }
}
