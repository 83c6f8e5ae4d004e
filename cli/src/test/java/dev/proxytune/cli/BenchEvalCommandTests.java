package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchEvalCommandTests {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeModels() {
        SyntheticModel.of(Shape.tiny(), 1).write(folder.resolve("target.gguf"));
        SyntheticModel.of(Shape.tiny(), 2).write(folder.resolve("expert.gguf"));
    }

    private CommandRun bench(String... more) {
        List<String> command = new ArrayList<>(List.of("bench", "eval", "-t", "1"));
        command.addAll(List.of("--target", folder.resolve("target.gguf").toString()));
        command.addAll(List.of("--expert", folder.resolve("expert.gguf").toString()));
        command.addAll(List.of("--anti-expert", folder.resolve("expert.gguf").toString()));
        command.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    @Test
    void measuresBothWaysOfBothAsRatios() {
        CommandRun run = bench("--count=7", "--batch=3", "-n", "5", "--rounds=2", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        var object = Json.object(run.out());
        assertThat(object)
                .containsEntry("questions", 7)
                .containsEntry("batch", 3)
                .containsEntry("tokens", 5)
                .containsEntry("rounds", 2);
        double ratio = number(object.get("eval_batch_s")) / number(object.get("eval_one_by_one_s"));
        double bare = number(object.get("bare_batch_s")) / number(object.get("bare_one_by_one_s"));
        assertThat(number(object.get("ratio"))).isCloseTo(ratio, within());
        assertThat(number(object.get("bare_ratio"))).isCloseTo(bare, within());
        assertThat(number(object.get("ratio_to_bare_ratio"))).isCloseTo(ratio / bare, within());
    }

    private static Percentage within() {
        return Percentage.withPercentage(0.1);
    }

    private static double number(@Nullable Object value) {
        assertThat(value).isInstanceOf(Number.class);
        return ((Number) Objects.requireNonNull(value)).doubleValue();
    }

    @Test
    void asksTheQuestionsOfAFileAndCountsNotWhatTheyShare() throws IOException {
        Path file = folder.resolve("questions.jsonl");
        Files.writeString(file, "{\"question\": \"zzzz\", \"answer\": \"#### 1\"}\n".repeat(3));
        CommandRun run = bench("--data=" + file, "--count=9", "-n", "2");
        assertThat(run.code()).as(run.err()).isZero();
        CommandRun one = bench("--data=" + file, "--count=1", "-n", "2");
        int alone = Integer.parseInt(one.out().replaceAll("(?s)1 questions?, (\\d+) .*", "$1"));
        assertThat(run.out()).startsWith("3 questions, " + (alone + 2) + " tokens of prompts and 6 of answers\n");
        assertThat(run.out().lines()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--count=0     | --count must be from 1 to 100000, got: 0",
                "--batch=257   | --batch must be from 1 to 256, got: 257",
                "--tokens=-1   | --tokens must be from 1 to 100000, got: -1",
                "--rounds=0    | --rounds must be from 1 to 100000, got: 0"
            })
    void refusesWhatCannotBeMeasured(String option, String message) {
        CommandRun run = bench(option);
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.errorLines().getFirst()).contains(message);
    }

    @Test
    void saysThatAnAnswerDoesNotFitBesideItsQuestion() {
        CommandRun run = bench("-n", "250");
        assertThat(run.code()).isNotZero();
        assertThat(run.errorLines()).singleElement().asString().contains("reads only 256", "--tokens");
    }

    @Test
    void makesUpQuestionsNoTwoOfWhichAreAlike() {
        assertThat(IntStream.range(0, 500).mapToObj(BenchQuestions::row)).doesNotHaveDuplicates();
        assertThat(BenchQuestions.row(0))
                .containsEntry("question", "Ada has 90 pens and buys 3 boxes of six. How many pens are there now?")
                .containsEntry("answer", "#### 108");
        assertThat(BenchQuestions.row(1)).containsEntry("answer", "#### 2548");
    }
}
