package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Cancellation;
import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.SyntheticModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrioTests {
    private static final int VOCABULARY = 262_000;

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path home) {
        bench = new Workbench(home);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private TrioCatalogue load(Optional<String> more) {
        return TrioCatalogue.load(bench.client(), Optional.of(Path.of("..").toAbsolutePath()), more);
    }

    private Path own(String name, String text) throws IOException {
        Path folder = Files.createDirectories(bench.home.resolve(".config/proxytune"));
        return Files.writeString(folder.resolve(name), text);
    }

    /** Return a model with as many tokens as one asks for, one of which may be another. */
    private byte[] model(int tokens, int changed, long seed) throws IOException {
        List<String> texts = new ArrayList<>();
        var types = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            texts.add(i == changed ? "other" : "token number " + i + " of the vocabulary");
            types[i] = 1;
        }
        Metadata metadata = Metadata.builder()
                .put("general.architecture", "llama")
                .put("tokenizer.ggml.model", "gpt2")
                .putStrings("tokenizer.ggml.tokens", texts)
                .put("tokenizer.ggml.token_type", NumberArray.of(types))
                .build();
        Path file = bench.home.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), seed).writer(metadata).write(file);
        return Files.readAllBytes(file);
    }

    @Test
    void knowsTheTriosOfTheProject() {
        TrioCatalogue catalogue = load(Optional.empty());
        assertThat(catalogue.all()).hasSizeGreaterThan(15).allSatisfy(trio -> {
            assertThat(trio.why()).isNotBlank();
            assertThat(trio.license()).isNotBlank();
            assertThat(trio.memory(bench.client())).isPresent();
            // Nobody has been able to look at the hub's files from here.
            assertThat(trio.unverified().isPresent()).isEqualTo(!trio.name().equals("family"));
            assertThat(trio.formats().target()).contains("plain");
            assertThat(trio.formats().expert()).contains(trio.name().equals("family") ? "plain" : "chat");
            assertThat(trio.formats().antiExpert()).contains("plain");
        });
        assertThat(catalogue.all().stream().map(Trio::name))
                .startsWith("family")
                .contains("llama-2-13b", "llama-2-70b", "llama-3.1-8b", "llama-3.1-70b")
                .contains("qwen2.5-14b-0.5b", "qwen2.5-32b-0.5b", "qwen2.5-72b-0.5b")
                .contains("qwen2.5-14b-1.5b", "qwen2.5-32b-1.5b", "qwen2.5-72b-1.5b", "qwen3-14b")
                .contains("smollm2-1.7b-135m", "smollm2-1.7b-360m")
                .contains("gemma-3-4b", "gemma-3-12b", "gemma-3-27b", "olmo-2-7b");
    }

    @Test
    void comparesTheVocabulariesOfTheProjectsOwnModels() {
        TrioCheck check = TrioCheck.of(
                load(Optional.empty()).get("family"), bench.client(), PullListener.NONE, new Cancellation());
        assertThat(check.fits()).isTrue();
        assertThat(check.expert().match().shared()).isEqualTo(check.target().tokens());
    }

    @Test
    void namesTheTriosThatThereAre() {
        assertThatThrownBy(() -> load(Optional.empty()).get("llama-2-14b"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll("llama-2-14b", "llama-2-13b");
    }

    @Test
    void readsTheUsersTriosInPlaceOfTheProjects() throws IOException {
        own("trios.json", """
                // mine
                {trios: [
                  {name: 'mine', target: 'Acme/Big-GGUF:q6_K', expert: {model: 'small.gguf', parameters: '1.5B'},
                   antiExpert: '~/anti.gguf', alpha: 0.5, why: 'a try',
                   formats: {expert: 'chat', antiExpert: 'chat-file=sub/anti.jinja'}},
                  {name: 'llama-2-13b', target: 'a/b', expert: 'a/c', antiExpert: 'a/d'}
                ]}
                """);
        TrioCatalogue catalogue = load(Optional.empty());
        Trio mine = catalogue.get("mine");
        assertThat(mine.alpha()).isEqualTo(0.5f);
        assertThat(mine.target().model()).isEqualTo("Acme/Big-GGUF:Q6_K");
        assertThat(mine.target().format()).contains("Q6_K");
        assertThat(mine.expert().model())
                .isEqualTo(bench.home.resolve(".config/proxytune/small.gguf").toString());
        assertThat(mine.expert().parameters()).hasValue(1_500_000_000);
        assertThat(mine.antiExpert().model())
                .isEqualTo(bench.home.resolve("anti.gguf").toString());
        assertThat(mine.formats().target()).isEmpty();
        assertThat(mine.formats().expert()).contains("chat");
        assertThat(mine.formats().antiExpert())
                .contains("chat-file=" + bench.home.resolve(".config/proxytune/sub/anti.jinja"));
        assertThat(catalogue.get("llama-2-13b").formats().isEmpty()).isTrue();
        assertThat(catalogue.get("llama-2-13b").target().model()).isEqualTo("a/b");
    }

    @Test
    void readsACatalogueFromTheWebWithoutTellingTheToken() throws IOException {
        bench.variables.put("HF_TOKEN", "hf_secret");
        byte[] text = "[{\"name\": \"far\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\"}]"
                .getBytes(StandardCharsets.UTF_8);
        bench.hub.fault = (exchange, seen) -> {
            FakeHub.send(exchange, 200, text, 0, text.length, 0);
            return true;
        };
        String place = "http://127.0.0.1:" + bench.hub.storePort() + "/trios.json";
        assertThat(load(Optional.of(place)).get("far").expert().model()).isEqualTo("a/c");
        assertThat(bench.hub.seen)
                .singleElement()
                .satisfies(seen -> assertThat(seen.authorization()).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | cannot be read as JSON from line 1, column",
                "[{\"name\": \"a\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\", \"formats\": {\"expert\": \"chatty\"}}] | is no format",
                "[{\"name\": \"a\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\", \"formats\": {\"anti\": \"chat\"}}] | 'anti'",
                "[{\"name\": \"a\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\", \"formats\": \"chat\"}] | no object",
                "{} | no list 'trios'",
                "[{}] | no 'name'",
                "[{\"name\": \"a\"}] | no 'target'",
                "[{\"name\": \"a b\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\"}] | no name",
                "[{\"name\": \"a\", \"target\": {\"modle\": \"a/b\"}}] | 'modle'",
                "[{\"name\": \"a\", \"target\": \"\"}] | empty",
                "[{\"name\": \"a\", \"target\": \"a/re--po\"}] | no repository",
                "[{\"name\": \"a\", \"target\": {\"model\": \"a/b\", \"parameters\": \"many\"}}] | 7e9",
                "[{\"name\": \"a\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\", \"alpha\": \"x\"}] | 'alpha'",
                "[{\"name\": \"a\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\", \"alpha\": 1e400}] | trio 'a': 'alpha'",
                "[{\"name\": \"a\", \"target\": {\"model\": \"a/b\", \"parameters\": 1e400}}] | 7e9"
            })
    void tellsWhatIsWrongInACatalogue(String text, String reason) throws IOException {
        Path file = own("trios.json", text);
        assertThatThrownBy(() -> load(Optional.empty()))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll(file.toString(), reason)
                .hasMessageNotContaining("\n");
    }

    @Test
    void refusesCataloguesThatItCannotRead() throws IOException {
        assertThatThrownBy(() -> load(Optional.of("/nowhere/trios.json"))).hasMessageContaining("/nowhere/trios.json");
        assertThatThrownBy(() -> load(Optional.of("http://127.0.0.1:1/x"))).hasMessageContaining("cannot be reached");
    }

    @ParameterizedTest
    @CsvSource({
        "trios.json.bak, false",
        "trios.json~, false",
        "trios.json.swp, false",
        "trios.yaml, true",
        "trios.YML, true",
        "trios.toml, true"
    })
    void leavesAloneWhatLiesBesideTheCatalogue(String name, boolean told) throws IOException {
        Path file = own(name, "no catalogue");
        TrioCatalogue catalogue = load(Optional.empty());
        assertThat(catalogue.all()).isNotEmpty();
        assertThat(catalogue.ignored()).isEqualTo(told ? List.of(file) : List.of());
    }

    @Test
    void namesNoFilesFromTheWeb() {
        byte[] text = ("[{\"name\": \"far\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"~/d.gguf\"},"
                        + "{\"name\": \"near\", \"target\": \"a/b\", \"expert\": \"a/c\", \"antiExpert\": \"a/d\","
                        + "\"formats\": {\"expert\": \"chat\"}}]")
                .getBytes(StandardCharsets.UTF_8);
        byte[] bad = new String(text, StandardCharsets.UTF_8)
                .replace("\"chat\"", "\"chat-file=/etc/passwd\"")
                .getBytes(StandardCharsets.UTF_8);
        bench.hub.fault = (exchange, seen) -> {
            byte[] answer = seen.path().contains("bad") ? bad : text;
            FakeHub.send(exchange, 200, answer, 0, answer.length, 0);
            return true;
        };
        String place = "http://127.0.0.1:" + bench.hub.storePort() + "/";
        assertThat(load(Optional.of(place + "trios.json")).all().stream().map(Trio::name))
                .contains("near")
                .doesNotContain("far");
        assertThatThrownBy(() -> load(Optional.of(place + "bad.json"))).hasMessageContaining("no template files");
    }

    @Test
    void keepsWhatCameOfAHeaderWhenTheConnectionBreaks() throws IOException {
        byte[] content = model(VOCABULARY, -1, 1);
        bench.hub.put("Acme/Big-GGUF", "big-Q8_0.gguf", content);
        List<Integer> starts = new ArrayList<>();
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store")) {
                return false;
            }
            String[] ends = seen.range().orElseThrow().replace("bytes=", "").split("-", 2);
            int from = Integer.parseInt(ends[0]);
            int length = Integer.parseInt(ends[1]) + 1 - from;
            starts.add(from);
            FakeHub.sendBroken(exchange, content, from, length, Math.min(length, 400_000));
            return true;
        };
        bench.client().readHeader(ModelReference.parse("Acme/Big-GGUF"), PullListener.NONE, new Cancellation());
        assertThat(starts).doesNotHaveDuplicates().hasSizeGreaterThan(2);
        assertThat(bench.waits).isNotEmpty();
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store")) {
                return false;
            }
            FakeHub.sendBroken(exchange, content, 0, 1 << 20, 0);
            return true;
        };
        assertThatThrownBy(() -> bench.client()
                        .readHeader(ModelReference.parse("Acme/Big-GGUF"), PullListener.NONE, new Cancellation()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("network");
    }

    @Test
    void comparesVocabulariesByHeadersFromTheHubAlone() throws IOException {
        bench.hub.put("Acme/Big-GGUF", "big-Q4_K_M.gguf", model(VOCABULARY, -1, 1));
        bench.hub.put("Acme/Small-GGUF", "small-Q8_0.gguf", model(VOCABULARY - 10, -1, 2));
        bench.hub.put("Acme/Base-GGUF", "base-Q8_0.gguf", model(VOCABULARY, 70_000, 3));
        own("trios.json", """
                [{"name": "far", "target": "Acme/Big-GGUF", "expert": "Acme/Small-GGUF:Q8_0",
                  "antiExpert": "Acme/Base-GGUF"}]
                """);
        TrioCheck check =
                TrioCheck.of(load(Optional.empty()).get("far"), bench.client(), PullListener.NONE, new Cancellation());
        assertThat(check.expert().fits()).isTrue();
        assertThat(check.expert().match().shared()).isEqualTo(VOCABULARY - 10);
        assertThat(check.antiExpert().fits()).isFalse();
        assertThat(check.antiExpert().match().difference().orElseThrow().id()).isEqualTo(70_000);
        assertThat(bench.hub.seen("GET", "store"))
                .allSatisfy(seen -> assertThat(seen.range()).isPresent());
        assertThat(bench.client().list()).isEmpty();
    }

    @Test
    void refusesAHeaderThatIsNone() {
        bench.hub.put("Acme/Bad-GGUF", "bad-Q8_0.gguf", Workbench.random(5000, 3));
        assertThatThrownBy(() -> bench.client()
                        .readHeader(ModelReference.parse("Acme/Bad-GGUF"), PullListener.NONE, new Cancellation()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("Acme/Bad-GGUF/bad-Q8_0.gguf");
    }

    @Test
    void computesMemoryFromTheNumberOfParameters() {
        Trio trio = load(Optional.empty()).get("llama-2-13b");
        double gigabytes = trio.memory(bench.client()).orElseThrow() / 1e9;
        assertThat(String.format(Locale.ROOT, "%.1f", gigabytes)).isEqualTo("25.1");
    }
}
