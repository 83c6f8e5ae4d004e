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

class FamilyCommandsTests {
    private static final String ANSWER = "Sure! In Dutch, Austria is called Oostenrijk. I hope this helps.";

    @TempDir
    private Path home;

    private Path models;

    private final FakeLoader loader = new FakeLoader()
            .put("target.gguf", new FakeModel("What is Peru in Dutch?\n", 10))
            .put("expert.gguf", new FakeModel(ANSWER, 8))
            .put("anti-expert.gguf", new FakeModel("What is Peru in Dutch?\n", 8))
            .put("tuned.gguf", new FakeModel(ANSWER, 10));

    @BeforeEach
    void createFiles() throws IOException {
        models = Files.createDirectories(home.resolve("models"));
        Files.createDirectories(home.resolve("docs"));
        for (String name : List.of("target.gguf", "expert.gguf", "anti-expert.gguf", "tuned.gguf")) {
            Files.createFile(models.resolve(name));
        }
        Path suites = Files.createDirectories(models.resolve("suites"));
        String question = "{\"prompt\":\"What is Austria called in Dutch?\\n\",\"answer\":\"Oostenrijk\"}\n";
        Files.writeString(suites.resolve("knowledge.jsonl"), question);
        Files.writeString(suites.resolve("manners.jsonl"), question);
        Files.writeString(
                suites.resolve("arithmetic.jsonl"),
                "{\"prompt\":\"How many?\\n\",\"answer\":\"8\",\"counted\":\"pens\"}\n");
        System.setProperty(FamilyMixin.HOME, home.toString());
    }

    @AfterEach
    void forgetTheHome() {
        System.clearProperty(FamilyMixin.HOME);
    }

    private CommandRun reproduce(String... more) {
        List<String> all = new ArrayList<>(List.of("reproduce"));
        all.addAll(List.of(more));
        return CommandRun.with(loader).run(all.toArray(String[]::new));
    }

    @Test
    void measuresTheModelsOfTheProjectAndWritesTheirPage() throws IOException {
        var run = reproduce();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .containsPattern("target alone +\\| 0.000 \\[0.000, 0.793] +\\| 0.000")
                .containsPattern("\\*\\*proxy-tuned target, α = 1\\*\\* +\\| 1.000 \\[0.207, 1.000] +\\| 0.000")
                .containsPattern("gap closed, α = 1 +\\| 100 % +\\| – +\\| 100 %");
        assertThat(run.errorLines()).hasSize(3 * 7 + 1).last().asString().startsWith("wrote ");
        assertThat(home.resolve("docs/reproduction.md"))
                .content()
                .startsWith("# What the shipped family scores\n")
                .contains(run.out(), "expert expert.gguf (0 bytes)", " processor");
        try (var files = Files.list(home.resolve("docs"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void printsOneJsonObject() {
        JsonNode json = JsonMapper.shared()
                .readTree(reproduce("--json", "--alpha", "0.75").out());
        assertThat(json.propertyNames()).containsExactly("suites", "alpha", "mean_gap_closed", "machine", "seconds");
        assertThat(json.get("alpha").asDouble()).isEqualTo(0.75);
        JsonNode knowledge = json.get("suites").get("knowledge");
        assertThat(knowledge.get("base").asDouble()).isZero();
        assertThat(knowledge.get("proxy").asDouble()).isEqualTo(1);
        assertThat(knowledge.get("gap_closed").asDouble()).isEqualTo(1);
        assertThat(knowledge.get("systems")).hasSize(8);
    }

    @Test
    void measuresOthersWithoutTouchingThePage() throws IOException {
        Path others = Files.createDirectories(home.resolve("others"));
        for (String name : List.of("target.gguf", "expert.gguf", "anti-expert.gguf")) {
            Files.createFile(others.resolve(name));
        }
        var run = reproduce("--models", others.toString());
        assertThat(run.code()).isZero();
        assertThat(run.errorLines()).first().asString().contains("no tuned.gguf");
        assertThat(run.out()).containsPattern("gap closed, α = 1 +\\| –").doesNotContain("tuned directly");
        assertThat(home.resolve("docs/reproduction.md")).doesNotExist();
        Path page = home.resolve("others.md");
        reproduce("--models", others.toString(), "--page", page.toString());
        assertThat(page).content().contains("It cannot be told here");
    }

    @Test
    void doesNotTellPartOfTheQuestionsAsThePage() {
        assertThat(reproduce("--limit", "1").code()).isZero();
        assertThat(home.resolve("docs/reproduction.md")).doesNotExist();
    }

    @Test
    void namesTheSuiteThatIsMissing() throws IOException {
        Files.delete(models.resolve("suites/manners.jsonl"));
        var run = reproduce();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("manners.jsonl does not exist");
    }

    @ParameterizedTest
    @CsvSource({"--limit, 0", "--alpha, Infinity", "--threads, 1000"})
    void refusesOptionsThatCannotBe(String option, String value) {
        assertThat(reproduce(option, value).code()).isEqualTo(2);
    }

    @Test
    void writesTheTextsOfTheFamily() {
        Path out = home.resolve("texts");
        var run = CommandRun.with(loader).run("corpus", "-o", out.toString(), "-n", "1000", "--repeats", "1");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().map(Path::of)).hasSize(6).allMatch(Files::isRegularFile);
        assertThat(out.resolve("corpus.txt")).content().hasSizeBetween(3000, 6000);

        var again = CommandRun.with(loader).run("corpus", "-o", out.toString(), "-n", "1000");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.errorLines()).singleElement().asString().contains("exists", "--force");

        var forced = CommandRun.with(loader).run("corpus", "-o", out.toString(), "-n", "0", "--force");
        assertThat(forced.code()).isZero();
        assertThat(out.resolve("corpus.txt")).isEmptyFile();
    }

    @ParameterizedTest
    @CsvSource({"-n, -1", "--repeats, 0", "--questions, 7", "--questions, 100000", "--seed, x"})
    void refusesSizesThatCannotBe(String option, String value) {
        var run = CommandRun.with(loader)
                .run("corpus", "-o", home.resolve("texts").toString(), option, value);
        assertThat(run.code()).isEqualTo(2);
        assertThat(home.resolve("texts")).doesNotExist();
    }
}
