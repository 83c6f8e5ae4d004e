package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTrainCommandTests {
    @TempDir
    private Path folder;

    @AfterEach
    void forgetHome() {
        System.clearProperty("proxytune.home");
    }

    private static CommandRun bench(String... more) {
        List<String> command = new ArrayList<>(List.of("bench", "train", "--shape=32x1x2x64", "--vocabulary=300"));
        command.addAll(List.of("--batch=2", "--length=16", "--steps=1", "--threads=1", "--precision=f32"));
        command.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    /** Stand in for a Python that has torch, which the tests cannot expect: it says what the script would. */
    private Path interpreter(String words) throws IOException {
        System.setProperty("proxytune.home", folder.toString());
        Path file = folder.resolve("python");
        Files.writeString(file, "#!/bin/sh\n[ \"$1\" = -c ] && exit 0\n" + words + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void measuresOursAloneWherePythonHasNoTorch() {
        CommandRun run = bench("--python=" + folder.resolve("none"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(3).first().asString().matches("ours +[\\d,]+ tokens/s in f32");
        assertThat(run.errorLines()).singleElement().asString().contains("has no torch", "--python");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void comparesWithWhatPythonMeasures() throws IOException {
        Path python = interpreter("echo \"$@\" >&2\n"
                + "echo '{\"eager-f32\": {\"median\": 0.5}, \"compiled-f32\": {\"median\": 0.25}}'");
        CommandRun run = bench("--python=" + python, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Json.object(run.out()))
                .containsEntry("precision", "f32")
                .containsEntry("pytorch_eager_tokens_per_second", 0.5)
                .containsEntry("pytorch_compiled_tokens_per_second", 0.25)
                .containsKeys("tokens_per_second", "gflops", "peak_gflops", "peak_gflops_f32");
        assertThat(bench("--python=" + python).out().lines())
                .hasSize(5)
                .last()
                .asString()
                .contains("ours ÷ theirs");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void saysSoWhenTheScriptFails() throws IOException {
        CommandRun run = bench("--python=" + interpreter("exit 3"));
        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).hasSize(3);
        assertThat(run.err()).contains("its script failed");
    }

    @ParameterizedTest
    @CsvSource({
        "--steps=0, --steps",
        "--batch=0, --batch",
        "--length=1, --length",
        "--vocabulary=1, --vocabulary",
        "--threads=-1, --threads",
        "--shape=3, --shape",
        "--precision=f8, --precision"
    })
    void refusesWhatCannotBeMeasured(String option, String named) {
        CommandRun run = CommandRun.with(new LlamaLoader()).run("bench", "train", option);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains(named);
    }
}
