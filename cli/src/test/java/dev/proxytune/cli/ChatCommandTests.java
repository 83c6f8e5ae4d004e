package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatCommandTests {
    private static final String TEMPLATE =
            "{% for m in messages %}[{{ m.role }}]{{ m.content }};{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    @TempDir
    private Path folder;

    private final FakeLoader loader = new FakeLoader()
            .put("target.gguf", new FakeModel("\nWho?\nWhy?\n", 10))
            .put("expert.gguf", new FakeModel("Sure!\nI do.", 8))
            .put("anti-expert.gguf", new FakeModel("\nWho?\nWhy?\n", 8));

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

    private CommandRun chat(List<String> options, String... lines) {
        List<String> all = new ArrayList<>(List.of("chat"));
        all.addAll(options);
        return CommandRun.with(loader)
                .in((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8))
                .run(all.toArray(String[]::new));
    }

    private List<String> alone(String... more) {
        List<String> all = new ArrayList<>(List.of("-m", folder + "/target.gguf"));
        all.addAll(List.of(more));
        return all;
    }

    private List<String> trio(String... more) {
        List<String> all = new ArrayList<>(List.of("--models", folder.toString()));
        all.addAll(List.of(more));
        return all;
    }

    private FakeModel target() {
        return loader.model("target.gguf");
    }

    @Test
    void answersLineByLineWithoutATerminal() {
        var run = chat(alone(), "One", "", "Two");
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo("Who?\nWho?\n");
        assertThat(run.err()).isEmpty();
        assertThat(target().prompts).containsExactly("One\n", "One\nWho?\nTwo\n");
    }

    @Test
    void asksTheFirstQuestionOfTheCommandLine() {
        assertThat(chat(alone("-p", "Zero\\n?"), "One").out()).isEqualTo("Who?\nWho?\n");
        assertThat(target().prompts).containsExactly("Zero\n?\n", "Zero\n?\nWho?\nOne\n");
    }

    @Test
    void endsPlainAnswersWithTheirFirstLineUnlessToldOtherwise() {
        assertThat(chat(alone("--until", "end"), "One").out()).isEqualTo("\nWho?\nWhy?\n");
        assertThat(chat(alone("--stop", "y"), "One").out()).isEqualTo("\nWho?\nWh\n");
        target().template = Optional.of(TEMPLATE);
        assertThat(chat(alone(), "One").out()).isEqualTo("\nWho?\nWhy?\n");
        assertThat(chat(alone("--until", "line"), "One").out()).isEqualTo("Who?\n");
    }

    @Test
    void letsATunedExpertEndTheAnswersOfAPlainTarget() {
        loader.model("expert.gguf").template = Optional.of(TEMPLATE);
        var run = chat(trio(), "One", "/alpha 0", "Two", "/compare");
        assertThat(run.out())
                .startsWith("Sure!\nI do.\nWho?\n")
                .contains("target alone        Who?\n", "Sure!\n                      I do.\n", "α = 0  Who?\n");
    }

    @Test
    void readsWithEachModelsTemplateAndTheSystemsMessage() {
        loader.model("expert.gguf").template = Optional.of(TEMPLATE);
        var run = chat(trio("--system", "Be kind."), "One", "/system Be brief.", "Two", "/system -", "/system");
        assertThat(run.errorLines()).containsExactly("system: Be brief.", "no system message", "no system message");
        assertThat(loader.model("expert.gguf").prompts)
                .containsExactly(
                        "[system]Be kind.;[user]One;[assistant]",
                        "[system]Be brief.;[user]One;[assistant]Sure!\nI do.;[user]Two;[assistant]");
        assertThat(target().prompts).containsExactly("Be kind.\nOne\n", "Be brief.\nOne\nSure!\nI do.\nTwo\n");
    }

    @Test
    void decodesOnlyWhatIsNew() {
        target().template = Optional.of(TEMPLATE);
        String question = "x".repeat(300);
        chat(alone("--until", "line"), question);
        int first = target().decodedTokens;
        assertThat(first).isGreaterThan(300);
        target().decodedTokens = 0;
        chat(alone("--until", "line"), question, "Two", "Three");
        assertThat(target().decodedTokens - first).isLessThan(100);
    }

    @Test
    void weighsThePairs() {
        var run = chat(trio(), "One", "/alpha", "/alpha 0", "One", "/alpha 0.5 2", "/alpha x", "/alpha NaN");
        assertThat(run.out()).isEqualTo("Sure!\nWho?\n");
        assertThat(run.errorLines())
                .containsExactly(
                        "α = 1",
                        "α = 0",
                        "/alpha: 2 numbers for 1 pair: give one for all, or one for each",
                        "/alpha takes finite numbers, such as 0.7; got: x",
                        "/alpha takes finite numbers, such as 0.7; got: NaN");
        assertThat(run.code()).isEqualTo(1);
        assertThat(chat(alone(), "/alpha 1").err()).contains("no experts");
    }

    @Test
    void comparesTheLastQuestionOrAnother() {
        var run = chat(trio(), "One", "/compare", "/compare Two?", "/save " + folder + "/c.json");
        assertThat(run.out()).isEqualTo("""
                Sure!
                One
                  target alone        Who?
                  expert alone        Sure!
                  proxy-tuned, α = 1  Sure!

                Two?
                  target alone        Who?
                  expert alone        Sure!
                  proxy-tuned, α = 1  Sure!

                """);
        assertThat(folder.resolve("c.json")).content().doesNotContain("Two?");
        assertThat(chat(alone(), "/compare One").err()).contains("nothing to compare");
        assertThat(chat(trio(), "/compare").err()).contains("no question yet");
    }

    @Test
    void showsWhatTheExpertsChanged() {
        var table = chat(trio(), "/trace on", "One", "/trace", "One", "/trace maybe");
        assertThat(table.out()).startsWith("token\tdelta\t").contains("\nS\t").endsWith("\nSure!\n");
        assertThat(table.errorLines()).containsExactly("trace on", "trace off", "/trace takes on or off, got: maybe");
        var colors = chat(trio("--color", "always", "--trace"), "One");
        assertThat(colors.out()).startsWith("\033[1;38;5;160mS\033[0m").endsWith("\n");
        assertThat(colors.err()).startsWith("Δ probability");
    }

    @Test
    void savesAndLoadsConversations() throws IOException {
        Path file = folder.resolve("c.json");
        Path again = folder.resolve("d.json");
        var run = chat(alone("--system", "Be kind."), "One", "/save " + file, "/save " + file, "Two");
        assertThat(run.errorLines())
                .containsExactly("saved " + file, file + " is there already; /save --force " + file + " replaces it");
        JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
        assertThat(json.get("messages")).hasSize(3);
        assertThat(json.get("messages").get(2).get("role").asString()).isEqualTo("assistant");
        assertThat(json.get("messages").get(2).get("content").asString()).isEqualTo("Who?");
        target().prompts.clear();
        var loaded = chat(alone(), "/load " + file, "/save " + again, "Two", "/save! " + file, "/save --force " + file);
        assertThat(loaded.code()).isZero();
        assertThat(loaded.err()).startsWith("loaded 1 question from ");
        assertThat(target().prompts).containsExactly("Be kind.\nOne\nWho?\nTwo\n");
        assertThat(again).content().isEqualTo(json + "\n");
        assertThat(file).content().contains("Two");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(5);
        }
    }

    @Test
    void keepsWhatElseAFileSays() throws IOException {
        Path file = folder.resolve("c.json");
        String text = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"name\":\"B\"}],\"tools\":[{\"x\":1}]}\n";
        Files.writeString(file, text.replace("}]}\n", "}],\"bos_token\":\"<s>\"}\n"));
        assertThat(chat(alone(), "/load " + file, "/save! " + file).err()).contains("/retry answers the last");
        assertThat(file).content().isEqualTo(text);
        assertThat(chat(alone(), "/load " + file, "/retry").out()).isEqualTo("Who?\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing",
                "[]",
                "{}",
                "{\"messages\": 1}",
                "{\"messages\": [1]}",
                "{\"messages\": [{\"content\": \"a\"}]}",
                "{\"messages\": [{\"role\": \"user\", \"content\": 1}]}",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]",
            })
    void refusesFilesWithoutAConversation(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("c.json"), text);
        var run = chat(alone(), "One", "/load " + file, "Two");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().startsWith(file.toString());
        assertThat(target().prompts).last().isEqualTo("One\nWho?\nTwo\n");
    }

    @Test
    void undoesRetriesAndClears() {
        var run = chat(alone(), "One", "Two", "/undo", "Three", "/retry", "/clear", "Four", "/undo", "/undo", "/retry");
        assertThat(run.errorLines())
                .containsExactly(
                        "dropped: Two",
                        "a new conversation",
                        "dropped: Four",
                        "There is nothing to undo",
                        "There is no question yet");
        assertThat(target().prompts)
                .containsExactly("One\n", "One\nWho?\nTwo\n", "One\nWho?\nThree\n", "One\nWho?\nThree\n", "Four\n");
    }

    @Test
    void takesQuestionsOfSeveralLines() {
        chat(
                alone(),
                "One \\",
                "more",
                "\"\"\"",
                "/two",
                "",
                "lines",
                "\"\"\"",
                "\"\"\"three\"\"\"",
                " /four",
                "five\\");
        assertThat(target().prompts)
                .element(4)
                .isEqualTo("One \nmore\nWho?\n/two\n\nlines\nWho?\nthree\nWho?\n/four\nWho?\nfive\n");
    }

    @ParameterizedTest
    @CsvSource({"/alpah 1, /alpha", "/exit, /quit", "/hlep, /help", "/loda x, /load", "/, /"})
    void namesTheCommandThatWasMeant(String line, String meant) {
        var run = chat(alone(), line);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("There is no command", meant);
    }

    @Test
    void guessesNoCommandThatIsFarFromWhatWasTyped() {
        var run = chat(alone(), "/tokens");
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("no command /tokens")
                .doesNotContain("mean");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/temp -1",
                "/temp warm",
                "/seed x",
                "/load",
                "/save",
                "/load /no/file",
                "/save /no/folder/x",
                "/save /"
            })
    void refusesWhatCannotBe(String line) {
        var run = chat(alone(), line, "One");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).hasSize(1);
        assertThat(run.out()).isEqualTo("Who?\n");
    }

    @Test
    void showsTemperatureSeedAndHelp() {
        var run = chat(alone("--seed", "3"), "/temp 0.5", "/seed", "/seed 7", "/HELP", "/quit", "One");
        assertThat(run.code()).isZero();
        assertThat(run.errorLines())
                .startsWith("temperature 0.5", "seed 3", "seed 7")
                .hasSize(3 + 13 + 1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void saysThatTheContextIsFull() {
        String question = "x".repeat(150);
        var run = chat(alone("-c", "256"), question, question, "/clear", "Two");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).first().asString().contains("307 tokens", "holds 256", "/clear");
        assertThat(run.out()).isEqualTo("Who?\nWho?\n");
        var cut = chat(alone("-c", "16", "--until", "end"), "12345678901");
        assertThat(cut.err()).startsWith("(the context of 16 tokens is full");
        assertThat(chat(alone("-n", "3"), "One").err()).startsWith("(cut after 3 tokens");
    }

    @Test
    void forgetsTheOldestTurnsIfAsked() {
        String question = "x".repeat(80);
        var run = chat(
                trio("-c", "256", "--forget", "--system", "S"),
                question + 1,
                question + 2,
                question + 3,
                "/save " + folder + "/c");
        assertThat(run.code()).isZero();
        assertThat(run.errorLines()).first().asString().contains("the oldest 2 questions");
        assertThat(target().prompts).last().isEqualTo("S\n" + question + "3\n");
        assertThat(folder.resolve("c")).content().contains(question + 1);
    }

    @Test
    void stopsAnAnswerAtCtrlC() throws IOException {
        loader.put("long.gguf", new FakeModel("x".repeat(900), 10));
        Files.createFile(folder.resolve("long.gguf"));
        loader.model("long.gguf").beforeToken = _ -> pause(loader.model("long.gguf").decodedTokens == 10);
        Path file = folder.resolve("c.json");
        var run = chat(List.of("-m", folder + "/long.gguf"), "One", "/save " + file, "/quit");
        assertThat(run.code()).isZero();
        assertThat(run.errorLines()).first().isEqualTo("(stopped)");
        assertThat(run.out()).matches("x{2,899}\n");
        assertThat(file).content().contains("\"interrupted\":true", run.out().strip());
    }

    /** Wait, and let Ctrl-C happen where that is wanted. */
    private static void pause(boolean press) {
        try {
            if (press) {
                new ProcessBuilder(
                                "/bin/kill",
                                "-INT",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
            }
            Thread.sleep(10);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void namesTheLineThatIsNotText() {
        var run = CommandRun.with(loader)
                .in(new byte[] {'a', '\n', (byte) 0xff, '\n', 'b', '\n'})
                .run("chat", "-m", folder + "/target.gguf");
        assertThat(run.errorLines()).singleElement().asString().startsWith("Line 2 of standard input is not UTF-8");
        assertThat(run.out()).isEqualTo("Who?\nWho?\n");
        assertThat(chat(alone(), "\"\"\"One").err()).contains("has no end");
    }

    @Test
    void dropsAQuestionThatATemplateRefuses() {
        target().template = Optional.of("{{ raise_exception('no ' + messages[-1].content) }}");
        var run = chat(alone(), "One", "/undo");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no One", "nothing to undo");
    }

    @ParameterizedTest
    @CsvSource({"--until, never", "-p, ' '", "--format, html", "--temp, -1", "--stop, ''", "-c, -1", "--alpha, 1"})
    void refusesOptionsThatCannotBe(String option, String value) {
        var run = chat(alone(option, value), "One");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains("'proxytune chat --help'");
    }

    @Test
    void needsATargetForAnExpert() {
        assertThat(chat(List.of("--expert", "x.gguf")).err()).contains("--target");
        assertThat(chat(alone("--models", "x")).err()).contains("--models");
        assertThat(chat(List.of()).err()).contains("--models is missing");
    }

    @Test
    void closesItsModels() {
        chat(trio(), "/compare One");
        for (String name : List.of("target.gguf", "expert.gguf", "anti-expert.gguf")) {
            assertThat(loader.model(name).closed).isTrue();
        }
    }
}
