package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTests {
    private static CommandRun run(String... args) {
        return CommandRun.with(new FakeLoader()).run(args);
    }

    @Test
    void printsItsVersion() {
        var run = run("--version");
        assertThat(run.code()).isZero();
        assertThat(run.out()).matches("proxytune \\d+\\.\\d+\\S*\\n");
    }

    @Test
    void listsTheCommands() {
        var run = run("--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("generate", "chat", "inspect", "quantize", "doctor", "completion", "help");
        assertThat(run.out().lines().count()).isLessThan(40);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "corpus",
                "reproduce",
                "eval",
                "score",
                "generate",
                "chat",
                "inspect",
                "template",
                "convert",
                "quantize",
                "doctor",
                "completion"
            })
    void explainsEachCommand(String command) {
        var run = run(command, "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("Usage: proxytune " + command).contains("--verbose");
        assertThat(run("help", command).out()).isEqualTo(run.out());
    }

    @Test
    void groupsTheOptionsOfGenerate() {
        String help = run("generate", "--help").out();
        assertThat(help)
                .containsSubsequence(
                        "\nModels:\n",
                        "--target",
                        "\nPrompts:\n",
                        "--prompt",
                        "\nSampling and length:\n",
                        "--temp",
                        "\nOutput:\n",
                        "--json",
                        "\nMemory, threads and devices:\n",
                        "--threads",
                        "\nHelp:\n");
    }

    @Test
    void asksForACommand() {
        var run = run();
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains("generate");
    }

    @Test
    void suggestsTheCommandThatWasMeant() {
        var run = run("generte");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains("'generte'", "did you mean generate?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "generate --promt x|Unknown option: '--promt'; did you mean --prompt?",
                "doctor now please|Unexpected argument: 'now' (see",
                "dctor x|Unknown command: 'dctor'; did you mean doctor?",
                "generate -n many|'many' is no whole number (see",
                "generate -n 99999999999|'99999999999' is too large (see",
                "generate --temp hot|'hot' is no number (see"
            })
    void saysWhatIsWrongWithoutTheWordsOfTheParser(String arguments, String message) {
        var run = run(arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains(message)
                .doesNotContain("index", "'x'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "generate --help", "--version", "help score"})
    void failsIfWhatWasAskedForCannotBeWritten(String arguments) {
        var full = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("full");
            }
        };
        var err = new ByteArrayOutputStream();
        var console = new Console(InputStream.nullInputStream(), full, err, Terminals.NONE, Map.of());
        assertThat(Main.run(console, new FakeLoader(), arguments.split(" "))).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("The output cannot be written")
                .hasLineCount(1);
    }

    @Test
    void completesOptionsInBash() {
        var run = run("completion");
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("#!/usr/bin/env bash").contains("--anti-expert", "inspect");
    }
}
