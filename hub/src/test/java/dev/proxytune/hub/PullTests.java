package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PullTests {
    private static final String SMALL = "tiny-Q8_0.gguf";
    private static final String LARGE = "tiny-Q4_K_M.gguf";

    private final byte[] small = Workbench.random(5000, 1);
    private final byte[] large = Workbench.random(1_234_567, 2);

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path home) {
        bench = new Workbench(home);
        bench.hub.put(Workbench.REPOSITORY, LARGE, large).put(Workbench.REPOSITORY, SMALL, small);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void layTheCacheOutAsHuggingFaceDoes() throws IOException {
        LocalModel model = bench.pull("Acme/Tiny-GGUF");
        assertThat(Files.readAllBytes(model.file())).isEqualTo(large);
        Path folder = bench.folder();
        String tag = FakeHub.sha256(large);
        assertThat(model.file()).isEqualTo(folder.resolve("snapshots/" + FakeHub.COMMIT + "/" + LARGE));
        assertThat(Files.readSymbolicLink(model.file())).isEqualTo(Path.of("../../blobs/" + tag));
        assertThat(Files.readString(folder.resolve("refs/main"))).isEqualTo(FakeHub.COMMIT);
        assertThat(bench.files())
                .containsExactlyInAnyOrder(
                        ".locks/models--Acme--Tiny-GGUF/" + tag + ".lock",
                        "CACHEDIR.TAG",
                        "models--Acme--Tiny-GGUF/blobs/" + tag,
                        "models--Acme--Tiny-GGUF/refs/main",
                        "models--Acme--Tiny-GGUF/snapshots/" + FakeHub.COMMIT + "/" + LARGE);
    }

    @Test
    void fetchesALargeFileOverSeveralConnections() throws IOException {
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
        assertThat(bench.hub.seen("GET", "store").stream()
                        .filter(request -> request.range().isPresent()))
                .hasSizeGreaterThan(10);
    }

    @Test
    void fetchesASmallFileInOneGo() throws IOException {
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF:q8_0").file())).isEqualTo(small);
        assertThat(bench.hub.seen("GET", "store"))
                .singleElement()
                .satisfies(request -> assertThat(request.range()).isEmpty());
    }

    @Test
    void checksGitsHashOfSmallFiles() throws IOException {
        bench.hub.putSmall(Workbench.REPOSITORY, "sub folder/tiny#1-F16.gguf", small);
        LocalModel model = bench.pull("Acme/Tiny-GGUF/sub folder/tiny#1-F16.gguf");
        assertThat(Files.readAllBytes(model.file())).isEqualTo(small);
        assertThat(Files.readSymbolicLink(model.file())).isEqualTo(Path.of("../../../blobs/" + FakeHub.gitHash(small)));
    }

    @Test
    void fetchesAllPartsOfASplitModel() throws IOException {
        for (int i = 1; i <= 3; i++) {
            bench.hub.put(Workbench.REPOSITORY, "big/big-Q6_K-0000" + i + "-of-00003.gguf", Workbench.random(100, i));
        }
        LocalModel model = bench.pull("Acme/Tiny-GGUF:Q6_K");
        assertThat(model.files()).hasSize(3);
        for (int i = 1; i <= 3; i++) {
            assertThat(Files.readAllBytes(model.files().get(i - 1))).isEqualTo(Workbench.random(100, i));
        }
        Files.delete(model.files().get(1));
        assertThat(bench.find("Acme/Tiny-GGUF:Q6_K")).isEmpty();
    }

    @Test
    void takesNothingTwice() {
        bench.pull("Acme/Tiny-GGUF");
        int before = bench.hub.seen("GET", "store").size();
        bench.pull("Acme/Tiny-GGUF");
        assertThat(bench.hub.seen("GET", "store")).hasSize(before);
    }

    @Test
    void usesTheContentsOfAnotherCommit() throws IOException {
        bench.pull("Acme/Tiny-GGUF");
        bench.hub.commit = "f".repeat(40);
        int before = bench.hub.seen("GET", "store").size();
        LocalModel model = bench.pull("Acme/Tiny-GGUF");
        assertThat(model.commit()).isEqualTo("f".repeat(40));
        assertThat(Files.readAllBytes(model.file())).isEqualTo(large);
        assertThat(bench.hub.seen("GET", "store")).hasSize(before);
    }

    @Test
    void keepsTheTokenFromOtherHosts() {
        bench.hub.token = Optional.of("hf_secret");
        bench.variables.put("HF_TOKEN", "hf_secret\n");
        bench.pull("Acme/Tiny-GGUF");
        assertThat(bench.hub.seen)
                .allSatisfy(request -> assertThat(request.authorization().isPresent())
                        .isEqualTo(request.server().equals("hub")));
    }

    @Test
    void readsTheTokenFromItsFile() throws IOException {
        bench.hub.token = Optional.of("hf_filed");
        Path folder = Files.createDirectories(bench.home.resolve(".cache/huggingface"));
        Files.writeString(folder.resolve("token"), "hf_filed\n");
        assertThat(bench.pull("Acme/Tiny-GGUF:Q8_0").files()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4999, 65536, 100_000, 1_234_566})
    void goesOnWithWhatIsThere(int there) throws IOException {
        Path incomplete = bench.incomplete(FakeHub.sha256(large));
        Files.createDirectories(incomplete.getParent());
        Files.write(incomplete, Arrays.copyOf(large, there));
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
        assertThat(bench.heard).contains("start " + LARGE + " " + large.length + " " + there);
        long asked = bench.hub.seen("GET", "store").stream()
                .flatMap(request -> request.range().stream())
                .mapToLong(range -> Long.parseLong(range.replaceAll("bytes=|-.*", "")))
                .min()
                .orElse(0);
        assertThat(asked).isEqualTo(there);
        assertThat(incomplete).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 5_000_000})
    void fetchesAnewWhatIsSpoilt(int there) throws IOException {
        Path incomplete = bench.incomplete(FakeHub.sha256(large));
        Files.createDirectories(incomplete.getParent());
        Files.write(incomplete, new byte[there]);
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void surviveConnectionsThatDieAtAnyByte(int connections) throws IOException {
        bench.plan = bench.plan.withConnections(connections);
        var random = new Random(3);
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store")) {
                return false;
            }
            String[] ends = seen.range()
                    .orElse("bytes=0-" + (large.length - 1))
                    .replace("bytes=", "")
                    .split("-", 2);
            int from = Integer.parseInt(ends[0]);
            int length = Integer.parseInt(ends[1]) + 1 - from;
            if (length < 1000) {
                // Five connections that bring nothing at all are enough to give up.
                return false;
            }
            int cut = random.nextInt(Math.min(length, 40_000) + 1);
            FakeHub.sendBroken(exchange, large, from, length, cut);
            return true;
        };
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
    }

    @Test
    void doesWithoutRanges() throws IOException {
        bench.hub.withRanges = false;
        Path incomplete = bench.incomplete(FakeHub.sha256(large));
        Files.createDirectories(incomplete.getParent());
        Files.write(incomplete, new byte[1000]);
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
    }

    @Test
    void asksTheHubAgainWhenASignedAddressHasExpired() throws IOException {
        bench.plan = new DownloadPlan(1, 1 << 16, 1 << 18);
        var count = new AtomicInteger();
        bench.hub.fault = (exchange, seen) -> {
            if (!seen.server().equals("store")) {
                return false;
            }
            switch (count.getAndIncrement()) {
                case 0 -> FakeHub.sendBroken(exchange, large, 0, large.length, 1000);
                case 1 -> FakeHub.error(exchange, 403, "");
                default -> {
                    return false;
                }
            }
            return true;
        };
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
    }

    @Test
    void waitsAsLongAsTheHubAsks() {
        var count = new AtomicInteger();
        bench.hub.fault = (exchange, seen) -> {
            if (count.getAndIncrement() > 0) {
                return false;
            }
            exchange.getResponseHeaders().set("Retry-After", "17");
            exchange.sendResponseHeaders(429, -1);
            return true;
        };
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        assertThat(bench.waits).containsExactly(Duration.ofSeconds(17));
        assertThat(bench.heard).anyMatch(line -> line.contains("asks to wait") && line.contains("17 s"));
    }

    @Test
    void stopsWhenCancelledAndGoesOnLater() throws IOException {
        bench.hub.rate = 400_000;
        var cancellation = new Cancellation();
        var listener = new PullListener() {
            @Override
            public void onProgress(long done) {
                if (done > 100_000) {
                    cancellation.cancel();
                }
            }
        };
        var reference = ModelReference.parse("Acme/Tiny-GGUF");
        assertThatThrownBy(() -> bench.client().pull(reference, listener, cancellation))
                .isInstanceOf(CancelledException.class);
        assertThat(bench.find("Acme/Tiny-GGUF")).isEmpty();
        long there = Files.size(bench.incomplete(FakeHub.sha256(large)));
        assertThat(there).isPositive();
        bench.hub.rate = 0;
        assertThat(Files.readAllBytes(bench.pull("Acme/Tiny-GGUF").file())).isEqualTo(large);
        assertThat(bench.heard).contains("start " + LARGE + " " + large.length + " " + there);
    }

    @Test
    void letsASecondOneWait() throws Exception {
        bench.hub.rate = 2_000_000;
        var first = CompletableFuture.supplyAsync(() ->
                bench.client().pull(ModelReference.parse("Acme/Tiny-GGUF"), PullListener.NONE, new Cancellation()));
        Path incomplete = bench.incomplete(FakeHub.sha256(large));
        while (!Files.exists(incomplete)) {
            Thread.sleep(1);
        }
        LocalModel second = bench.pull("Acme/Tiny-GGUF");
        assertThat(first.get().file()).isEqualTo(second.file());
        assertThat(bench.heard).anyMatch(line -> line.contains("waiting for another process"));
        long bytes = bench.hub.seen("GET", "store").size();
        assertThat(bytes).isLessThan(2L * large.length / (1 << 16));
    }

    @Test
    void movesTheContentWhereThereAreNoLinks() throws IOException {
        bench.variables.put("HF_HUB_DISABLE_SYMLINKS", "1");
        LocalModel model = bench.pull("Acme/Tiny-GGUF:Q8_0");
        assertThat(model.file()).isRegularFile().hasBinaryContent(small);
        assertThat(Files.isSymbolicLink(model.file())).isFalse();
        int before = bench.hub.seen("GET", "store").size();
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        assertThat(bench.hub.seen("GET", "store")).hasSize(before);
    }

    @Test
    void needsNoNetworkOffline() {
        bench.pull("Acme/Tiny-GGUF");
        int before = bench.hub.seen.size();
        bench.variables.put("HF_HUB_OFFLINE", "1");
        assertThat(bench.pull("Acme/Tiny-GGUF").file()).exists();
        assertThatThrownBy(() -> bench.pull("Acme/Tiny-GGUF:Q8_0"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll("Acme/Tiny-GGUF:Q8_0", "HF_HUB_OFFLINE");
        assertThat(bench.hub.seen).hasSize(before);
    }

    @Test
    void locatesWithoutTheNetworkWhatIsCertain() {
        bench.pull("Acme/Tiny-GGUF");
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        int before = bench.hub.seen.size();
        for (String text : new String[] {"Acme/Tiny-GGUF", "Acme/Tiny-GGUF:q8_0", "Acme/Tiny-GGUF/" + SMALL}) {
            var reference = ModelReference.parse(text);
            assertThat(bench.client()
                            .locate(reference, bench.listener, new Cancellation())
                            .file())
                    .exists();
        }
        assertThat(bench.hub.seen).hasSize(before);
    }

    @Test
    void asksTheHubWhichFileIsMeantWhereTheCacheHasOnlyAnother() {
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        var reference = ModelReference.parse("Acme/Tiny-GGUF");
        LocalModel model = bench.client().locate(reference, bench.listener, new Cancellation());
        assertThat(model.file()).hasFileName(LARGE);
    }

    @Test
    void usesTheCacheWhereTheHubIsGone() {
        bench.pull("Acme/Tiny-GGUF:Q8_0");
        bench.hub.fault = (exchange, _) -> {
            exchange.close();
            return true;
        };
        var reference = ModelReference.parse("Acme/Tiny-GGUF");
        LocalModel model = bench.client().locate(reference, bench.listener, new Cancellation());
        assertThat(model.file()).hasFileName(SMALL);
        assertThat(bench.heard).last().asString().contains("from the cache");
    }
}
