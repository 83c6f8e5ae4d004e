package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.proxytune.gguf.SyntheticModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses the commands about models by name on a hub that hands out files whose tags nobody can check. */
class HubCommandsTests {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer hub;
    private Path home;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        home = folder;
        Path model = folder.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(model);
        files.put("tiny-F32.gguf", Files.readAllBytes(model));
        files.put("tiny-Q8_0.gguf", Arrays.copyOf("GGUF".getBytes(StandardCharsets.US_ASCII), 1000));
        hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/", exchange -> {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                asked.add(exchange.getRequestMethod() + " " + path);
                byte[] body = path.startsWith("/api/")
                        ? listing().getBytes(StandardCharsets.UTF_8)
                        : files.get(path.substring(path.lastIndexOf('/') + 1));
                if (body == null || !path.contains("/Acme/Tiny-GGUF/")) {
                    exchange.sendResponseHeaders(404, -1);
                    return;
                }
                exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
                exchange.getResponseHeaders().set("ETag", "\"tag-" + body.length + "\"");
                if (exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                }
            }
        });
        hub.start();
    }

    private String listing() {
        List<String> names = files.keySet().stream()
                .sorted()
                .map(name -> "{\"rfilename\": \"" + name + "\"}")
                .toList();
        return "{\"sha\": \"" + COMMIT + "\", \"siblings\": " + names + "}";
    }

    @AfterEach
    void close() {
        hub.stop(0);
    }

    private CommandRun.Setup with(ModelLoader loader) {
        return CommandRun.with(loader)
                .variable("HF_ENDPOINT", "http://127.0.0.1:" + hub.getAddress().getPort())
                .variable("HOME", home.toString());
    }

    private CommandRun run(String... args) {
        return with(new FakeLoader()).run(args);
    }

    private Path snapshot(String file) {
        return home.resolve(".cache/huggingface/hub/models--Acme--Tiny-GGUF/snapshots/" + COMMIT)
                .resolve(file);
    }

    @Test
    void pullsListsAndRemoves() {
        var pull = run("pull", "Acme/Tiny-GGUF:f32", "Acme/Tiny-GGUF");
        assertThat(pull.code()).isZero();
        assertThat(pull.out()).isEqualTo(snapshot("tiny-F32.gguf") + "\n" + snapshot("tiny-Q8_0.gguf") + "\n");
        assertThat(pull.errorLines()).hasSize(4).first().asString().startsWith("fetching tiny-F32.gguf");
        var list = run("list");
        assertThat(list.out().lines()).hasSize(2).first().asString().contains("Acme/Tiny-GGUF:F32", "F32");
        assertThat(Json.object(run("list", "--json").out())).containsKeys("cache", "models", "unfinished");
        var rm = run("rm", "Acme/Tiny-GGUF:Q8_0");
        assertThat(rm.out()).contains("tiny-Q8_0.gguf", "freed 1000 bytes");
        assertThat(run("list").out().lines()).hasSize(1);
        assertThat(run("rm", "--all", "Acme/Tiny-GGUF").code()).isZero();
        var empty = run("list");
        assertThat(empty.code()).isZero();
        assertThat(empty.out()).isEmpty();
        assertThat(empty.errorLines()).singleElement().asString().contains("no GGUF model");
    }

    @Test
    void pullsAsJson() {
        var run = run("pull", "--json", "Acme/Tiny-GGUF/tiny-F32.gguf");
        assertThat(Json.object(run.out()))
                .extractingByKey("models")
                .asString()
                .contains(
                        "Acme/Tiny-GGUF/tiny-F32.gguf",
                        COMMIT,
                        snapshot("tiny-F32.gguf").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pull", "rm"})
    void blamesTheCommandLineForWhatIsNoReference(String command) {
        var run = run(command, "tiny.gguf");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains("'tiny.gguf'", "owner/repo:QUANT");
    }

    @Test
    void tellsInOneLineWhatCannotBeHad() {
        for (String[] args : new String[][] {
            {"pull", "Acme/Other"},
            {"pull", "Acme/Tiny-GGUF:Q2_K"},
            {"rm", "Acme/Other"},
            {"generate", "--target", "Acme/Other", "-p", "Hi"},
            {"inspect", "Acme/Other"}
        }) {
            var run = run(args);
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.errorLines()).singleElement().asString().contains("Acme/");
        }
    }

    @Test
    void refusesAWrongNumberOfConnections() {
        var run = run("pull", "--connections", "99", "Acme/Tiny-GGUF");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--connections", "1 to 16");
    }

    @Test
    void generatesWithModelsByName() {
        var loader = new FakeLoader()
                .put("tiny-F32.gguf", new FakeModel("ab", 1))
                .put("tiny-Q8_0.gguf", new FakeModel("ab", 1));
        var run = with(loader)
                .run(
                        "generate",
                        "--target",
                        "Acme/Tiny-GGUF:F32",
                        "--expert",
                        "Acme/Tiny-GGUF",
                        "--anti-expert",
                        "Acme/Tiny-GGUF/tiny-Q8_0.gguf",
                        "-p",
                        "a",
                        "-n",
                        "1");
        assertThat(run.err()).contains("fetching tiny-F32.gguf");
        assertThat(loader.loaded).containsExactly("tiny-F32.gguf", "tiny-Q8_0.gguf", "tiny-Q8_0.gguf");
    }

    @Test
    void fetchesNothingBeforeTheOptionsAreRight() {
        var run = run("generate", "--target", "Acme/Tiny-GGUF:F32", "-p", "a", "--temp", "-3");
        assertThat(run.code()).isEqualTo(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void aFileThatExistsIsNoReference() throws IOException {
        Path folder = Files.createDirectories(Path.of("target/Acme"));
        Path file = folder.resolve("tiny:Q8_0");
        Files.deleteIfExists(file);
        Files.createFile(file);
        var run = run("inspect", "target/Acme/tiny:Q8_0");
        assertThat(run.code()).isEqualTo(1);
        assertThat(asked).isEmpty();
        Files.delete(file);
    }

    @Test
    void aMissingFileIsNoReference() {
        var run = run("generate", "--target", "models/target.gguf", "-p", "a");
        assertThat(run.errorLines()).singleElement().asString().contains("models/target.gguf does not exist");
        assertThat(asked).isEmpty();
    }

    @Test
    void listsTrios() {
        var run = run("trios");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("llama-2-70b", "unverified", "this machine");
        assertThat(Json.object(run("trios", "--json").out())).containsKeys("memory_bytes", "trios");
        assertThat(run("trios", "check", "nothing").errorLines())
                .singleElement()
                .asString()
                .contains("no trio 'nothing'");
    }

    @Test
    void runsATrio() throws IOException {
        Path catalogue = Files.writeString(home.resolve("mine.json"), """
                [{"name": "mine", "target": "Acme/Tiny-GGUF:F32", "expert": "Acme/Tiny-GGUF:F32",
                  "antiExpert": "Acme/Tiny-GGUF:F32", "alpha": 0.25}]
                """);
        var loader = new FakeLoader().put("tiny-F32.gguf", new FakeModel("ab", 1));
        var run = with(loader)
                .variable("PROXYTUNE_CATALOGUE", catalogue.toString())
                .run("run", "mine", "a", "-n", "1", "--json");
        assertThat(loader.loaded).hasSize(3);
        assertThat(run.err()).doesNotContain("unexpected");
        var check = with(loader).run("trios", "check", "mine", "--catalogue", catalogue.toString());
        assertThat(check.out()).contains("can be combined: 288 ids shared");
        var both = with(loader).run("generate", "--trio", "mine", "--target", "x.gguf", "-p", "a");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("--trio names all models");
    }

    /** Write a catalogue of one trio of empty files, of which only the expert has a template. */
    private FakeLoader trio(String formats) throws IOException {
        Files.writeString(home.resolve("mine.json"), """
                [{"name": "mine", "target": "t.gguf", "expert": "e.gguf", "antiExpert": "a.gguf", "formats": %s}]
                """.formatted(formats));
        var loader = new FakeLoader();
        for (String name : List.of("t.gguf", "e.gguf", "a.gguf")) {
            Files.write(home.resolve(name), new byte[0]);
            loader.put(name, new FakeModel("ab", 1));
        }
        loader.model("e.gguf").template = Optional.of("<{{ messages[0].content }}>");
        return loader;
    }

    private List<String> read(FakeLoader loader, String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--catalogue", home.resolve("mine.json").toString(), "-n", "1"));
        var run = with(loader).run(all.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return Stream.of("t.gguf", "e.gguf", "a.gguf")
                .map(name -> loader.model(name).prompts.removeFirst())
                .toList();
    }

    @Test
    void readsPromptsAsTheTrioSaysUnlessTheUserDoes() throws IOException {
        var loader = trio("{\"target\": \"plain\", \"expert\": \"chat\", \"antiExpert\": \"plain\"}");
        assertThat(read(loader, "run", "mine", "Hi")).containsExactly("Hi", "<Hi>", "Hi");
        assertThat(read(loader, "generate", "--trio", "mine", "-p", "Hi")).containsExactly("Hi", "<Hi>", "Hi");
        assertThat(read(loader, "run", "mine", "Hi", "--expert-format", "plain"))
                .containsExactly("Hi", "Hi", "Hi");
        assertThat(read(loader, "run", "mine", "Hi", "--format", "plain")).containsExactly("Hi", "Hi", "Hi");
        assertThat(read(loader, "run", "mine", "Hi", "--expert-prompt", "Ho")).containsExactly("Hi", "Ho", "Hi");
        assertThat(read(loader, "chat", "--trio", "mine", "-p", "Hi").get(1)).isEqualTo("<Hi>");
    }

    @Test
    void letsEvalAskAsTheTrioSays() throws IOException {
        var loader = trio("{\"expert\": \"plain\"}");
        Path data = Files.writeString(home.resolve("q.jsonl"), "{\"question\": \"Hi\", \"answer\": \"a\"}\n");
        String out = home.resolve("rows.jsonl").toString();
        // Without a word, experts are asked by their template.
        List<String> prompts =
                read(loader, "eval", "jsonl", "--trio", "mine", "--data", data.toString(), "--out", out, "-np", "1");
        assertThat(prompts.get(1)).doesNotContain("<").isEqualTo(prompts.get(0));
        assertThat(home.resolve("rows.jsonl.settings.json")).content().contains("plain");
    }

    @Test
    void tellsTheFormatsOfATrio() throws IOException {
        trio("{\"target\": \"plain\", \"expert\": \"chat\"}");
        String catalogue = home.resolve("mine.json").toString();
        var run = run("trios", "mine", "--catalogue", catalogue);
        assertThat(run.out())
                .contains("formats      target plain, expert chat, anti-expert -")
                .doesNotContain("llama");
        assertThat(run("trios", "mine", "--catalogue", catalogue, "--json").out())
                .contains("\"formats\":{\"target\":\"plain\",\"expert\":\"chat\",\"anti_expert\":null}");
        assertThat(run("trios", "none").errorLines()).singleElement().asString().contains("no trio 'none'");
    }

    @Test
    void saysThatACatalogueInAnotherFormatIsNotRead() throws IOException {
        Path folder = Files.createDirectories(home.resolve(".config/proxytune"));
        Files.writeString(folder.resolve("trios.yaml"), "trios: []");
        assertThat(run("trios").errorLines()).singleElement().asString().contains("trios.yaml is not read");
    }
}
