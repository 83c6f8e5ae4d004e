package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guesses ahead with models that llama.cpp really loads. */
class SpeculationCommandTests {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeModels() {
        SyntheticModel.of(Shape.tiny(), 1).write(folder.resolve("target.gguf"));
        SyntheticModel.of(Shape.tiny(), 2).write(folder.resolve("anti-expert.gguf"));
        SyntheticModel.of(Shape.tiny(), 2).withPerturbation(3, 0.5f).write(folder.resolve("expert.gguf"));
    }

    private CommandRun generate(String speculate, String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "-t", "1", "-p", "hello", "--json"));
        args.addAll(List.of("--target", folder.resolve("target.gguf").toString(), "--speculate", speculate));
        args.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
    }

    private List<?> tokens(String speculate, String... more) {
        CommandRun run = generate(speculate, more);
        assertThat(run.code()).as(run.err()).isZero();
        var tokens = (List<?>) Objects.requireNonNull(Json.object(run.out()).get("tokens"));
        return tokens.stream()
                .<Object>map(token -> ((Map<?, ?>) token).get("id"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.8"})
    void saysTheSameWithAndWithoutGuesses(String temperature) {
        String expert = folder.resolve("expert.gguf").toString();
        String anti = folder.resolve("anti-expert.gguf").toString();
        for (String alpha : List.of("0", "1", "3")) {
            for (String seed : List.of("1", "2", "3")) {
                String[] options = {
                    "--expert",
                    expert,
                    "--anti-expert",
                    anti,
                    "--alpha",
                    alpha,
                    "--temp",
                    temperature,
                    "-s",
                    seed,
                    "-n",
                    "40"
                };
                List<?> plain = tokens("off", options);
                assertThat(plain)
                        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                        .isNotEmpty();
                for (String speculate : List.of("1", "4", "16", "auto", "AUTO")) {
                    assertThat(tokens(speculate, options))
                            .as("--speculate %s --alpha %s -s %s", speculate, alpha, seed)
                            .hasToString(plain.toString());
                }
            }
        }
        assertThat(tokens("4", "-n", "60", "--temp", temperature, "-s", "1"))
                .hasToString("" + tokens("off", "-n", "60", "--temp", temperature, "-s", "1"));
    }

    @Test
    void goesToTheEndOfTheContext() {
        assertThat(tokens("16", "-n", "-1", "--logit-bias", "0-inf"))
                .hasToString("" + tokens("off", "-n", "-1", "--logit-bias", "0-inf"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"17", "-1", "much", "", "2.5"})
    void refusesWhatIsNoWayToGuess(String speculate) {
        CommandRun run = generate(speculate);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).first().asString().contains("--speculate", "auto", "16");
    }

    private CommandRun bench(String... more) {
        List<String> args = new ArrayList<>(List.of("bench", "speculate", "--rounds=1", "--count=2", "-n=24"));
        args.addAll(List.of("--models", folder.toString()));
        args.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
    }

    private Path questions(String text) throws IOException {
        return Files.writeString(folder.resolve("questions.jsonl"), text);
    }

    @Test
    void measuresEachWayAtEachTemperature() throws IOException {
        Path file = questions("{\"prompt\": \"hello\"}\n{\"prompt\": \"you\"}\n");
        CommandRun table = bench("--questions", file.toString(), "--guesses=2", "--temp=0,0.8");
        assertThat(table.code()).as(table.err()).isZero();
        assertThat(table.out().lines()).hasSize(2 * 5).anyMatch(line -> line.startsWith("auto"));
        CommandRun json = bench("--questions", file.toString(), "--guesses=2,3", "--temp=0", "--json");
        var results = (List<?>) Objects.requireNonNull(Json.object(json.out()).get("results"));
        assertThat(results).hasSize(5);
        assertThat(((Map<?, ?>) results.get(1)).get("ratio")).isEqualTo(1.0);
    }

    @Test
    void simulatesHowOftenGuessesAreRight() throws IOException {
        Path file = questions("{\"prompt\": \"hello\"}\n{\"prompt\": \"you\"}\n");
        for (int percent : List.of(0, 80, 100)) {
            CommandRun run = bench("--questions=" + file, "--guesses=3", "--acceptance=" + percent / 100.0, "--json");
            assertThat(run.code()).as(run.err()).isZero();
            Map<String, Object> object = Json.object(run.out());
            assertThat(object).containsEntry("simulated_acceptance", percent / 100.0);
            assertThat((List<?>) object.get("expert_row_ms")).hasSize(17);
            var results = (List<?>) Objects.requireNonNull(object.get("results"));
            assertThat(results)
                    .hasSize(4)
                    .allSatisfy(result -> assertThat(((Map<?, ?>) result).get("changed_answers"))
                            .isEqualTo(0));
            var fixed = (Map<?, ?>) results.get(2);
            double guesses = number(fixed, "guesses");
            double hits = number(fixed, "hits");
            // Guesses after a wrong one count as wrong, so of three at 80 % each two are right.
            double expected = percent == 80 ? (0.8 + 0.64 + 0.512) / 3 : percent / 100.0;
            assertThat(hits / guesses).isBetween(expected - 0.2, expected + 0.2);
        }
        CommandRun table = bench("--questions=" + file, "--guesses=2", "--acceptance=0.9");
        assertThat(table.out().lines()).first().asString().contains("simulated", "0.9");
        assertThat(table.out().lines())
                .filteredOn(line -> line.startsWith("temperature"))
                .singleElement()
                .asString()
                .contains("temperature 0.0", "bound");
    }

    private static double number(Map<?, ?> object, String key) {
        return ((Number) Objects.requireNonNull(object.get(key))).doubleValue();
    }

    @ParameterizedTest
    @CsvSource({"--acceptance=1.1", "--acceptance=-1", "--acceptance=NaN", "--shape=7b", "--shape=1.1b"})
    void refusesSimulationsThatCannotBe(String option) {
        CommandRun run = bench(option);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains(option.substring(0, option.indexOf('=')));
    }

    @Test
    void findsTheBestNumberOfGuessesByWhatRowsCost() {
        double[] steep = new double[18];
        double[] flat = new double[18];
        for (int rows = 1; rows < steep.length; rows++) {
            steep[rows] = rows;
            flat[rows] = 1;
        }
        assertThat(new SpeculationBound(steep, steep, steep, 0.9).bestGuesses()).isZero();
        var bound = new SpeculationBound(flat, flat, flat, 1);
        assertThat(bound.bestGuesses()).isEqualTo(16);
        assertThat(bound.millis("off")).isEqualTo(3);
        assertThat(bound.millis("3")).isEqualTo((1 + 1 + 4) / 4.0);
        assertThat(bound.millis("target alone")).isEqualTo(1);
        assertThat(new SpeculationBound(flat, flat, flat, 0.5).millis("1")).isEqualTo((1 + 1 + 2) / 1.5);
    }

    @ParameterizedTest
    @CsvSource({"--rounds=0", "--count=0", "--guesses=17", "--temp=-1", "--predict=0", "--target=x", "--alpha=NaN"})
    void refusesNumbersThatCannotBe(String option) throws IOException {
        CommandRun run = bench(
                option, "--questions", questions("{\"prompt\": \"hello\"}").toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains(option.substring(0, option.indexOf('=')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nothing", "{\"text\": \"a\"}", "[1]"})
    void saysWhichLineIsNoQuestion(String text) throws IOException {
        CommandRun run = bench("--questions", questions(text).toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("questions.jsonl", "prompt");
    }
}
