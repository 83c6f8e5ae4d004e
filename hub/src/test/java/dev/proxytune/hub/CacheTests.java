package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheTests {
    private static final String OTHER = "f".repeat(40);

    private final byte[] one = Workbench.random(1000, 5);
    private final byte[] two = Workbench.random(2000, 6);

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path home) {
        bench = new Workbench(home);
        bench.hub.put(Workbench.REPOSITORY, "tiny-Q4_K_M.gguf", one).put(Workbench.REPOSITORY, "tiny-Q8_0.gguf", two);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> references() {
        return bench.client().list().stream().map(CachedModel::reference).toList();
    }

    private Removal remove(String reference) {
        return bench.client().remove(ModelReference.parse(reference));
    }

    @Test
    void listsNothingWhereThereIsNoCache() {
        assertThat(references()).isEmpty();
        assertThat(bench.client().unfinished()).isEmpty();
    }

    @Test
    void listsModelsBySomethingThatMeansThem() {
        bench.hub.putSmall(Workbench.REPOSITORY, "sub/odd.gguf", one);
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        bench.pull("Acme/Tiny-GGUF/sub/odd.gguf");
        assertThat(references())
                .containsExactly("Acme/Tiny-GGUF/sub/odd.gguf", "Acme/Tiny-GGUF:Q4_K_M", "Acme/Tiny-GGUF:Q8_0");
        for (CachedModel model : bench.client().list()) {
            assertThat(bench.find(model.reference()).orElseThrow().file()).isEqualTo(model.file());
            assertThat(model.complete()).isTrue();
        }
        assertThat(bench.client().list().getLast().bytes()).isEqualTo(2000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "m-Q6_K-00001-of-00001.gguf",
                "m-Q6_K-00001-OF-00001.gguf",
                "m-00001-of-00000.gguf",
                "m-00003-of-00002.gguf",
                "m-00000-of-00002.gguf"
            })
    void listsAndRemovesFilesWhoseNumbersSayLittle(String name) {
        bench.hub.put(Workbench.REPOSITORY, name, two);
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF/" + name);
        List<CachedModel> models = bench.client().list();
        assertThat(models).hasSize(2);
        CachedModel odd = models.stream()
                .filter(model -> model.path().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(odd.bytes()).isEqualTo(2000);
        assertThat(odd.complete()).isTrue();
        assertThat(bench.find(odd.reference()).orElseThrow().file()).isEqualTo(odd.file());
        assertThat(remove(odd.reference())).isEqualTo(new Removal(List.of(name), 2000, 0));
        assertThat(odd.file()).doesNotExist();
    }

    @Test
    void listsBranchesWithSlashesBySomethingThatMeansThem() throws IOException {
        bench.hub.putSmall(Workbench.REPOSITORY, "sub/odd one.gguf", one);
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF/sub/odd one.gguf");
        Path refs = bench.folder().resolve("refs");
        Files.createDirectory(refs.resolve("feature"));
        Files.move(refs.resolve("main"), refs.resolve("feature/x"));
        assertThat(references())
                .containsExactlyInAnyOrder(
                        "Acme/Tiny-GGUF@feature/x:Q4_K_M", "Acme/Tiny-GGUF@" + FakeHub.COMMIT + "/sub/odd one.gguf");
        for (CachedModel model : bench.client().list()) {
            assertThat(bench.find(model.reference()).orElseThrow().file()).isEqualTo(model.file());
        }
    }

    @Test
    void listsOtherCommitsByTheirHash() {
        bench.pull("Acme/Tiny-GGUF");
        bench.hub.commit = OTHER;
        bench.hub.put(Workbench.REPOSITORY, "tiny-Q4_K_M.gguf", two);
        bench.pull("Acme/Tiny-GGUF");
        assertThat(references())
                .containsExactlyInAnyOrder("Acme/Tiny-GGUF:Q4_K_M", "Acme/Tiny-GGUF@" + FakeHub.COMMIT + ":Q4_K_M");
        assertThat(bench.find("Acme/Tiny-GGUF@" + FakeHub.COMMIT).orElseThrow().file())
                .hasBinaryContent(one);
    }

    @Test
    void removesAModelAndNothingElse() throws IOException {
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        Removal removal = remove("Acme/Tiny-GGUF:q8_0");
        assertThat(removal).isEqualTo(new Removal(List.of("tiny-Q8_0.gguf"), 2000, 0));
        assertThat(references()).containsExactly("Acme/Tiny-GGUF:Q4_K_M");
        assertThat(bench.files()).noneMatch(file -> file.contains("blobs/" + FakeHub.sha256(two)));
        assertThat(Files.readString(bench.folder().resolve("refs/main"))).isEqualTo(FakeHub.COMMIT);
        remove("Acme/Tiny-GGUF");
        assertThat(bench.folder()).doesNotExist();
    }

    @Test
    void keepsContentsThatAnotherSnapshotUses() {
        bench.pull("Acme/Tiny-GGUF");
        bench.hub.commit = OTHER;
        bench.pull("Acme/Tiny-GGUF");
        assertThat(remove("Acme/Tiny-GGUF@" + FakeHub.COMMIT + ":Q4_K_M"))
                .isEqualTo(new Removal(List.of("tiny-Q4_K_M.gguf"), 0, 1));
        assertThat(bench.find("Acme/Tiny-GGUF").orElseThrow().file()).hasBinaryContent(one);
        assertThat(remove("Acme/Tiny-GGUF").bytes()).isEqualTo(1000);
    }

    @Test
    void keepsWhatIsNoModel() throws IOException {
        bench.pull("Acme/Tiny-GGUF");
        Path config = bench.folder().resolve("snapshots/" + FakeHub.COMMIT + "/config.json");
        Files.writeString(config, "{}");
        bench.client().removeAll("Acme/Tiny-GGUF");
        assertThat(config).exists();
        assertThat(bench.folder().resolve("refs/main")).exists();
    }

    @Test
    void refusesWhatItDoesNotKnowOrWhatIsNotClear() {
        assertThatThrownBy(() -> remove("Acme/Tiny-GGUF"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("nothing is removed");
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        assertThatThrownBy(() -> remove("Acme/Tiny-GGUF"))
                .hasMessageContainingAll("2 models", "Acme/Tiny-GGUF:Q4_K_M", "Acme/Tiny-GGUF:Q8_0");
        assertThatThrownBy(() -> remove("Acme/Tiny-GGUF:Q6_K")).hasMessageContaining("Q6_K");
        assertThatThrownBy(() -> remove("Acme/Tiny-GGUF/none.gguf")).hasMessageContaining("none.gguf");
        assertThatThrownBy(() -> bench.client().removeAll("Acme/Other")).hasMessageContaining("Acme/Other");
        assertThat(references()).hasSize(2);
    }

    @Test
    void removesLinksThatLeadOutAndNotWhatTheyLeadTo(@TempDir Path outside) throws IOException {
        LocalModel model = bench.pull("Acme/Tiny-GGUF");
        Path other = Files.write(outside.resolve("other.gguf"), one);
        Files.delete(model.file());
        Files.createSymbolicLink(model.file(), other);
        remove("Acme/Tiny-GGUF");
        assertThat(other).exists();
        assertThat(model.file()).doesNotExist();
    }

    @Test
    void tellsAndRemovesWhatUnfinishedDownloadsLeave() throws IOException {
        Path incomplete = bench.incomplete(FakeHub.sha256(one));
        Files.createDirectories(incomplete.getParent());
        Files.write(incomplete, new byte[300]);
        Files.write(incomplete.resolveSibling(FakeHub.sha256(one) + ".1a2b3c4d.incomplete"), new byte[200]);
        assertThat(bench.client().unfinished()).containsExactly(new ModelHub.Unfinished("Acme/Tiny-GGUF", 300, 200));
        assertThat(bench.client().removeAll("Acme/Tiny-GGUF").bytes()).isEqualTo(500);
        assertThat(bench.folder()).doesNotExist();
    }

    @Test
    void findsTheCacheByTheVariablesOfHuggingFace() {
        Path home = bench.home;
        assertThat(bench.settings().cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        bench.variables.put("XDG_CACHE_HOME", "/x");
        assertThat(bench.settings().cache()).isEqualTo(Path.of("/x/huggingface/hub"));
        bench.variables.put("HF_HOME", "~/hf");
        assertThat(bench.settings().cache()).isEqualTo(home.resolve("hf/hub"));
        bench.variables.put("HUGGINGFACE_HUB_CACHE", "/old");
        assertThat(bench.settings().cache()).isEqualTo(Path.of("/old"));
        bench.variables.put("HF_HUB_CACHE", "/new");
        assertThat(bench.settings().cache()).isEqualTo(Path.of("/new"));
    }
}
