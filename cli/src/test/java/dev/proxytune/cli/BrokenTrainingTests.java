package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Breaks training off in processes of their own, and resumes it in this one. */
@EnabledOnOs(OS.LINUX)
class BrokenTrainingTests {
    private static final int STEPS = 400;
    private static final List<String> FILES = List.of("model.gguf", "model.gguf.loss.csv", "model.gguf.loss.svg");

    @TempDir
    private static Path shared;

    private static Path corpus;
    private static Path whole;

    @TempDir
    private Path folder;

    private Path out;

    /** Train without a break, which also leaves all libraries unpacked for the processes to come. */
    @BeforeAll
    static void trainWithoutABreak() throws IOException {
        corpus = TinyCorpus.write(shared.resolve("corpus.txt"));
        whole = Files.createDirectory(shared.resolve("whole"));
        CommandRun run = run(command(whole.resolve("model.gguf")));
        assertThat(run.code()).as(run.err()).isZero();
    }

    @BeforeEach
    void nameOutput() {
        out = folder.resolve("model.gguf");
    }

    private static List<String> command(Path out, String... more) {
        List<String> options = new ArrayList<>(List.of("--vocabulary=270", "--steps=" + STEPS));
        options.addAll(List.of(more));
        return TinyCorpus.command(corpus, out, options);
    }

    private static CommandRun run(List<String> command) {
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void resumesToTheSameResult() throws IOException {
        CommandRun run = run(command(out, "--resume"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.errorLines()).anyMatch(line -> line.matches("resuming after step \\d+ of " + STEPS));
        assertThat(names()).isEqualTo(FILES);
        for (String name : FILES) {
            assertThat(folder.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
        }
    }

    @Test
    void resumesAKilledRunToTheSameResult() throws IOException, InterruptedException {
        try (var child = ChildProcess.start("unlimited", command(out, "--checkpoint-every=0"))) {
            assertThat(child.makes(folder.resolve("model.gguf.checkpoint"))).isTrue();
            child.signal("KILL");
            assertThat(child.end()).startsWith("137: ");
        }
        assertThat(out).doesNotExist();
        resumesToTheSameResult();
    }

    @Test
    void resumesAKilledAdapterToTheSameResult() throws IOException, InterruptedException {
        Path data = folder.resolve("data.jsonl");
        Files.writeString(data, "{\"prompt\": \"Anna has\", \"completion\": \" five apples\"}\n".repeat(20));
        Path unbroken = folder.resolve("unbroken.gguf");
        CommandRun run = run(tune(data, unbroken));
        assertThat(run.code()).as(run.err()).isZero();
        try (var child = ChildProcess.start("unlimited", tune(data, out, "--checkpoint-every=0"))) {
            assertThat(child.makes(folder.resolve("model.gguf.checkpoint"))).isTrue();
            child.signal("KILL");
            assertThat(child.end()).startsWith("137: ");
        }
        CommandRun resumed = run(tune(data, out, "--resume"));
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("resuming after step ");
        assertThat(out).hasSameBinaryContentAs(unbroken);
        assertThat(folder.resolve("model.gguf.loss.csv"))
                .hasSameBinaryContentAs(folder.resolve("unbroken.gguf.loss.csv"));
    }

    private static List<String> tune(Path data, Path out, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "tune",
                "--base=" + whole.resolve("model.gguf"),
                "--data=" + data,
                "--out=" + out,
                "--lora",
                "--rank=2",
                "--dropout=0.4",
                "--steps=" + STEPS,
                "--lr=0.01",
                "--batch=2",
                "--length=24",
                "--precision=f32",
                "--device=cpu",
                "--threads=1"));
        command.addAll(List.of(more));
        return command;
    }

    @ParameterizedTest
    @CsvSource({"TERM,143", "HUP,129", "INT,130"})
    void stopsWithACheckpointWhenToldTo(String signal, int code) throws IOException, InterruptedException {
        assumeTrue(!OutputTests.isIgnored(signal), "Whoever started this process made it ignore the signal");
        try (var child = ChildProcess.start("unlimited", command(out, "--validate-every=1"))) {
            assertThat(child.says("step 2/" + STEPS)).isTrue();
            child.signal(signal);
            assertThat(child.end())
                    .startsWith(code + ": ")
                    .contains("stopped after step ")
                    .endsWith(" of " + STEPS + "; the same command with --resume goes on");
        }
        assertThat(names()).containsExactly("model.gguf.checkpoint");
        CommandRun refused = run(command(out));
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.errorLines()).singleElement().asString().contains("--resume", "--force");
        CommandRun other = run(command(out, "--resume", "--seed=2"));
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.errorLines()).last().asString().contains("had seed 1, now it is 2");
        Files.writeString(out, "of an earlier run that was replaced with --force");
        CommandRun run = run(command(out, "--resume", "--validate-every=" + STEPS / 10));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out).hasSameBinaryContentAs(whole.resolve("model.gguf"));
    }

    @Test
    void endsAtOnceAtTheSecondSignal() throws IOException, InterruptedException {
        // A step that takes hours. That there is nothing to resume is said once signals are heard.
        var command = command(out, "--accumulate=1000000000", "--resume");
        try (var child = ChildProcess.start("unlimited", command)) {
            assertThat(child.says("starts from the beginning")).isTrue();
            Thread.sleep(1000);
            child.signal("TERM");
            Thread.sleep(300);
            // On a slow machine the first signal may come before the first step, and end the run in good order.
            if (child.isAlive()) {
                child.signal("TERM");
            }
            assertThat(child.end()).startsWith("143: ");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--force", "--type=q8_0", "--checkpoint-every=0"})
    void leavesNothingHalfWrittenOnAFullDisk(String option) throws IOException, InterruptedException {
        List<String> options = List.of("--vocabulary=270", "--steps=2", "--shape", "64x2x2x128", option);
        try (var child = ChildProcess.start("100", TinyCorpus.command(corpus, out, options))) {
            assertThat(child.says("proxytune: " + folder)).isTrue();
            assertThat(child.end()).isEqualTo("1: ");
        }
        assertThat(folder).isEmptyDirectory();
    }
}
