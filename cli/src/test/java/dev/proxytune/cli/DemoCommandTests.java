package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoCommandTests {
    private static final Terminals TERMINAL = new Terminals(true, true, true, false);

    @TempDir
    private Path folder;

    private final FakeLoader loader = new FakeLoader()
            .put("target.gguf", new FakeModel("Who?\nWhy?\n", 10))
            .put("expert.gguf", new FakeModel("Sure! I do.", 8))
            .put("anti-expert.gguf", new FakeModel("Who?\nWhy?\n", 8));

    @BeforeEach
    void createFiles() throws IOException {
        for (String name : List.of("target.gguf", "expert.gguf", "anti-expert.gguf")) {
            Files.createFile(folder.resolve(name));
        }
    }

    @AfterEach
    void forgetTheHome() {
        System.clearProperty(FamilyMixin.HOME);
    }

    private CommandRun.Setup setup() {
        return CommandRun.with(loader);
    }

    private String[] args(String... more) {
        List<String> all = new ArrayList<>(List.of("demo", "--models", folder.toString()));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void putsAnswersOneBelowTheOtherInAFile() {
        var run = setup().run(args("Who", "knows?"));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo("""
                Who knows?
                  target alone        Who?
                                      Why?
                                     \s
                  expert alone        Sure! I do.
                  proxy-tuned, α = 1  Sure! I do.

                """);
    }

    @Test
    void asksEveryRoleTheQuestionAndALineEnd() {
        setup().run(args("Who knows?"));
        assertThat(loader.model("target.gguf").prompts).containsExactly("Who knows?\n", "Who knows?\n");
        assertThat(loader.model("expert.gguf").prompts).containsExactly("Who knows?\n", "Who knows?\n");
        assertThat(loader.model("anti-expert.gguf").prompts).containsExactly("Who knows?\n");
    }

    @Test
    void asksItsOwnQuestionsOtherwise() {
        var run = setup().run(args());
        assertThat(run.code()).isZero();
        assertThat(loader.model("target.gguf").prompts)
                .hasSizeGreaterThan(5)
                .contains("What is Austria called in Turkish?\n");
        assertThat(run.out()).contains("\n\nMaja has ");
    }

    @Test
    void drawsColumnsOnATerminal() {
        var run = setup().terminals(TERMINAL)
                .variable("COLUMNS", "100")
                .variable("NO_COLOR", "1")
                .run(args("Who knows?"));
        assertThat(run.out())
                .startsWith("Who knows?\ntarget alone")
                .contains("─── ")
                .contains("\033[");
        String last = run.out().substring(run.out().lastIndexOf("A\r") + 2);
        assertThat(last.replace("\033[K", "").lines().map(String::stripTrailing))
                .containsExactly("Who?" + " ".repeat(30) + "Sure! I do." + " ".repeat(23) + "Sure! I do.", "Why?", "");
        assertThat(last.lines().limit(2)).allMatch(line -> line.length() == 3 * 31 + 2 * 3 + 3);
    }

    @Test
    void stacksAnswersOnANarrowTerminal() {
        var run = setup().terminals(TERMINAL).variable("COLUMNS", "70").run(args("--color", "never", "Who knows?"));
        assertThat(run.out()).contains("\n  expert alone        Sure!").doesNotContain("\033");
    }

    @Test
    void colorsWhatThePairMoved() {
        var run = setup().run(args("--color", "always", "Who knows?"));
        String[] answers = run.out().split("proxy-tuned", 2);
        assertThat(answers[0]).doesNotContain("\033");
        assertThat(answers[1]).contains(TraceColors.of(1) + "S\033[0m");
        assertThat(run.errorLines()).singleElement().asString().contains("Δ probability");
    }

    @Test
    void isTheTargetAtAlphaZero() {
        assertThat(json("--alpha", "0", "Who?")
                        .get("answers")
                        .get(0)
                        .get("proxy")
                        .asString())
                .isEqualTo("Who?\nWhy?\n");
    }

    @Test
    void endsLongAnswers() {
        var run = setup().run(args("-n", "3", "Who knows?"));
        assertThat(run.out()).contains("target alone        Who …\n", "expert alone        Sur …\n");
    }

    @Test
    void printsOneJsonObject() {
        JsonNode json = json("Who knows?");
        assertThat(json.propertyNames()).containsExactly("alpha", "answers");
        JsonNode answer = json.get("answers").get(0);
        assertThat(answer.propertyNames()).containsExactly("question", "base", "expert", "proxy", "tokens");
        assertThat(answer.get("question").asString()).isEqualTo("Who knows?");
        assertThat(answer.get("proxy").asString()).isEqualTo("Sure! I do.");
        assertThat(answer.get("tokens")).hasSize(11);
        assertThat(answer.get("tokens").get(0).get("text").asString()).isEqualTo("S");
        assertThat(answer.get("tokens").get(0).get("delta").asDouble()).isGreaterThan(0.5);
    }

    private JsonNode json(String... more) {
        List<String> all = new ArrayList<>(List.of("--json"));
        all.addAll(List.of(more));
        var run = setup().run(args(all.toArray(String[]::new)));
        assertThat(run.code()).isZero();
        assertThat(run.out()).hasLineCount(1);
        return JsonMapper.shared().readTree(run.out());
    }

    @Test
    void takesTheModelsOfTheProject() throws IOException {
        Path home = folder.resolve("home");
        System.setProperty(FamilyMixin.HOME, home.toString());
        assertThat(setup().run("demo").errorLines())
                .singleElement()
                .asString()
                .contains(home.resolve("models").toString(), "does not exist", "models/make");
        Files.createDirectories(home.resolve("models"));
        assertThat(setup().run("demo").errorLines())
                .singleElement()
                .asString()
                .contains("target.gguf does not exist", "anti-expert.gguf does not exist");
    }

    @ParameterizedTest
    @CsvSource({"--alpha, NaN", "--alpha, x", "-n, 0", "-t, -1", "--color, maybe"})
    void refusesOptionsThatCannotBe(String option, String value) {
        var run = setup().run(args(option, value));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains("'proxytune demo --help'");
    }

    @Test
    void refusesAnEmptyQuestion() {
        assertThat(setup().run(args(" ")).errorLines())
                .singleElement()
                .asString()
                .contains("the question is empty");
    }

    @Test
    void needsToKnowWhereTheModelsAre() {
        var run = setup().run("demo");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains("--models is missing");
    }

    @Test
    void closesItsModels() {
        setup().run(args("Who knows?"));
        for (String name : List.of("target.gguf", "expert.gguf", "anti-expert.gguf")) {
            assertThat(loader.model(name).closed).isTrue();
        }
    }
}
