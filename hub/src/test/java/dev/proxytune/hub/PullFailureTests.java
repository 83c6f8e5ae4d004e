package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PullFailureTests {
    private static final String SECRET = "hf_aVerySecretToken";
    private static final String FILE = "tiny-Q4_K_M.gguf";

    private final byte[] content = Workbench.random(700_000, 4);

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path home) {
        bench = new Workbench(home);
        bench.variables.put("HF_TOKEN", SECRET);
        bench.hub.put(Workbench.REPOSITORY, FILE, content);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** Pull, and check what holds for every failure: one line, no secret, and no model afterwards. */
    private AbstractThrowableAssert<?, ?> failure(String reference) {
        var failure = assertThatThrownBy(() -> bench.pull(reference))
                .isInstanceOf(HubException.class)
                .satisfies(e -> {
                    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                        assertThat(String.valueOf(cause.getMessage())).doesNotContain(SECRET, "signature");
                    }
                    assertThat(e.getMessage()).doesNotContain("\n");
                });
        assertThat(bench.find(reference)).isEmpty();
        assertThat(bench.heard).noneMatch(line -> line.contains(SECRET));
        return failure;
    }

    @Test
    void refusesAWrongHash() {
        byte[] wrong = content.clone();
        wrong[650_000]++;
        bench.hub.putWrong(Workbench.REPOSITORY, FILE, content, wrong);
        failure("Acme/Tiny-GGUF").hasMessageContainingAll(FILE, FakeHub.sha256(content), FakeHub.sha256(wrong));
        assertThat(bench.incomplete(FakeHub.sha256(content))).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 699_999, 700_001})
    void refusesAWrongSize(int size) {
        bench.hub.putWrong(Workbench.REPOSITORY, FILE, content, Arrays.copyOf(content, size));
        failure("Acme/Tiny-GGUF").hasMessageContainingAll(FILE, "700000");
    }

    @ParameterizedTest
    @CsvSource({
        "401, RepoNotFound, HF_TOKEN",
        "401, GatedRepo, is gated",
        "403, GatedRepo, ask for access",
        "404, RepoNotFound, does not exist",
        "404, RevisionNotFound, no revision",
        "418, '', status 418"
    })
    void tellsWhyTheHubRefuses(int status, String code, String reason) {
        bench.hub.fault = (exchange, _) -> {
            FakeHub.error(exchange, status, code);
            return true;
        };
        failure("Acme/Tiny-GGUF")
                .hasMessageContainingAll(
                        "Acme/Tiny-GGUF".replace("Acme/Tiny-GGUF", status == 418 ? "127.0.0.1" : "Acme/Tiny-GGUF"),
                        reason);
        failure("Acme/Tiny-GGUF/" + FILE);
    }

    @Test
    void doesNotTakeTheStorageForTheHub() {
        bench.hub.fault = (exchange, seen) -> {
            if (seen.server().equals("store")) {
                FakeHub.error(exchange, 403, "");
            }
            return seen.server().equals("store");
        };
        failure("Acme/Tiny-GGUF")
                .hasMessageContainingAll(FILE, "status 403", "where the hub keeps")
                .hasMessageNotContaining("gated");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GGU", "<html>nothing here</html>"})
    void refusesWhatIsNoGguf(String text) {
        byte[] page = text.getBytes(StandardCharsets.UTF_8);
        bench.hub.put(Workbench.REPOSITORY, FILE, page).putSmall(Workbench.REPOSITORY, "small.gguf", page);
        failure("Acme/Tiny-GGUF").hasMessageContainingAll(FILE, "no GGUF file");
        failure("Acme/Tiny-GGUF/small.gguf").hasMessageContainingAll("small.gguf", "no GGUF file");
        assertThat(bench.incomplete(FakeHub.sha256(page))).doesNotExist();
    }

    @Test
    void refusesWhatIsNoGgufBeforeAllOfItIsFetched() {
        byte[] page = new byte[5_000_000];
        bench.plan = bench.plan.withConnections(1);
        bench.hub.put(Workbench.REPOSITORY, FILE, page);
        bench.hub.rate = 2_000_000;
        failure("Acme/Tiny-GGUF").hasMessageContainingAll(FILE, "no GGUF file", "5000000");
        assertThat(bench.heard).noneMatch(line -> line.startsWith("end "));
        assertThat(bench.told).allMatch(done -> done < 1_000_000);
        assertThat(bench.incomplete(FakeHub.sha256(page))).doesNotExist();
    }

    @Test
    void tellsThatOnlyTheSizeWasChecked() {
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.method().equals("HEAD")) {
                return false;
            }
            exchange.getResponseHeaders().set("X-Repo-Commit", FakeHub.COMMIT);
            exchange.getResponseHeaders().set("ETag", "\"some-tag\"");
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
            exchange.sendResponseHeaders(200, -1);
            return true;
        };
        bench.pull("Acme/Tiny-GGUF");
        assertThat(bench.heard).containsSubsequence("unhashed " + FILE, "end " + FILE + " 700000");
    }

    @Test
    void tellsWhichFilesThereAre() {
        bench.hub.put(Workbench.REPOSITORY, "mmproj-tiny-Q2_K.gguf", content);
        failure("Acme/Tiny-GGUF:Q2_K").hasMessageContaining("it has Q4_K_M");
        failure("Acme/Tiny-GGUF/nothing.gguf").hasMessageContaining("no file 'nothing.gguf'");
        bench.hub.putSmall("Acme/Empty", "README.md", content);
        failure("Acme/Empty").hasMessageContaining("no GGUF model");
    }

    @Test
    void givesUpWhenTheHubStaysBusy() {
        bench.hub.fault = (exchange, _) -> {
            FakeHub.error(exchange, 503, "");
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("503");
        assertThat(bench.waits).hasSize(5).isSorted();
    }

    @Test
    void doesNotWaitForHours() {
        bench.hub.fault = (exchange, _) -> {
            exchange.getResponseHeaders().set("Retry-After", "7200");
            FakeHub.error(exchange, 429, "");
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("120 minutes");
        assertThat(bench.waits).isEmpty();
    }

    @Test
    void keepsWhatIsThereWhenTheConnectionStaysBroken() throws IOException {
        bench.plan = bench.plan.withConnections(1);
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store")) {
                return false;
            }
            if (seen.range().isPresent()) {
                exchange.close();
            } else {
                FakeHub.sendBroken(exchange, content, 0, content.length, 300_000);
            }
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("cannot be reached");
        assertThat(Files.size(bench.incomplete(FakeHub.sha256(content)))).isEqualTo(300_000);
        bench.hub.fault = (_, _) -> false;
        assertThat(bench.pull("Acme/Tiny-GGUF").file()).hasBinaryContent(content);
    }

    @Test
    void doesNotWaitForASilentServer() {
        bench.variables.put("HF_HUB_DOWNLOAD_TIMEOUT", "1");
        bench.plan = bench.plan.withConnections(1);
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store") || seen.range().isPresent()) {
                return false;
            }
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 1000);
            exchange.getResponseBody().flush();
            FakeHub.sleep(3000);
            return true;
        };
        assertThat(bench.pull("Acme/Tiny-GGUF").file()).hasBinaryContent(content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../escaped-Q4_K_M.gguf",
                "/tmp/escaped-Q4_K_M.gguf",
                "a/../../escaped-Q4_K_M.gguf",
                "..\\escaped-Q4_K_M.gguf",
                "C:escaped-Q4_K_M.gguf",
                "a//escaped-Q4_K_M.gguf",
                "./escaped-Q4_K_M.gguf",
                "nul\0-Q4_K_M.gguf"
            })
    void refusesPathsThatLeadOutOfTheCache(String path) {
        bench.hub.remove(Workbench.REPOSITORY, FILE);
        bench.hub.put(Workbench.REPOSITORY, path, content);
        failure("Acme/Tiny-GGUF").hasMessageContaining("not a plain path");
        assertThat(bench.home.resolve(".cache")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "/etc/passwd", "a/b", "..", "", "\\\\evil"})
    void refusesTagsThatAreNoNames(String tag) {
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.method().equals("HEAD")) {
                return false;
            }
            exchange.getResponseHeaders().set("X-Repo-Commit", FakeHub.COMMIT);
            exchange.getResponseHeaders().set("ETag", "\"" + tag + "\"");
            exchange.getResponseHeaders().set("Content-Length", "10");
            exchange.sendResponseHeaders(200, -1);
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("tag");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "main", "0123"})
    void refusesCommitsThatAreNone(String commit) {
        bench.hub.commit = commit;
        failure("Acme/Tiny-GGUF").hasMessageContaining("commit");
        failure("Acme/Tiny-GGUF/" + FILE).hasMessageContaining("commit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://example.com/x", "http://"})
    void refusesRedirectsThatLeadNowhere(String location) {
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.method().equals("GET") || seen.path().startsWith("/api")) {
                return false;
            }
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(302, -1);
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("redirects");
    }

    @Test
    void endsARoundOfRedirects() {
        bench.hub.fault = (exchange, _) -> {
            exchange.getResponseHeaders().set("Location", "/again");
            exchange.sendResponseHeaders(307, -1);
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("redirect");
    }

    @Test
    void looksForRoomFirst() {
        bench.free = 600_000;
        failure("Acme/Tiny-GGUF").hasMessageContainingAll("0.7 MB", "0.6 MB", "HF_HUB_CACHE");
        assertThat(bench.hub.seen("GET", "store")).isEmpty();
    }

    @Test
    void doesNotWriteThroughLinksThatLeadOut(@TempDir Path outside) throws IOException {
        Files.createDirectories(bench.folder());
        Files.createSymbolicLink(bench.folder().resolve("snapshots"), outside);
        failure("Acme/Tiny-GGUF").hasMessageContaining("leads out of the cache");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void doesNotReadThroughLinksThatLeadOut(@TempDir Path outside) throws IOException {
        LocalModel model = bench.pull("Acme/Tiny-GGUF");
        Path other = Files.write(outside.resolve("other.gguf"), content);
        Files.delete(model.file());
        Files.createSymbolicLink(model.file(), other);
        assertThatThrownBy(() -> bench.find("Acme/Tiny-GGUF"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("leads out of the cache");
    }

    @Test
    void refusesACacheThatIsAFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("cache"));
        bench.variables.put("HF_HUB_CACHE", file.toString());
        failure("Acme/Tiny-GGUF").hasMessageContainingAll("cannot be written", file.toString(), "HF_HUB_CACHE");
    }

    @Test
    void refusesATokenThatCannotBeSentWithoutRepeatingIt() {
        bench.variables.put("HF_TOKEN", SECRET + "\n" + SECRET);
        failure("Acme/Tiny-GGUF").hasMessageContaining("HF_TOKEN");
    }

    @Test
    void tellsThatTheHubIsNotThere() {
        bench.variables.put("HF_ENDPOINT", "http://127.0.0.1:1");
        failure("Acme/Tiny-GGUF").hasMessageContainingAll("http://127.0.0.1:1/", "no connection", "HF_HUB_OFFLINE");
    }

    @Test
    void refusesWhatIsNoHub() {
        bench.hub.fault = (exchange, _) -> {
            byte[] page = "<html>".getBytes(StandardCharsets.UTF_8);
            FakeHub.send(exchange, 200, page, 0, page.length, 0);
            return true;
        };
        failure("Acme/Tiny-GGUF").hasMessageContaining("is HF_ENDPOINT a hub?");
        failure("Acme/Tiny-GGUF/" + FILE).hasMessageContaining("is HF_ENDPOINT a hub?");
    }

    @Test
    void sendsNoTokenToAnotherPortOfTheSameHost() {
        bench.hub.token = Optional.empty();
        bench.pull("Acme/Tiny-GGUF");
        assertThat(bench.hub.seen("GET", "store"))
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request.authorization()).isEmpty());
    }
}
