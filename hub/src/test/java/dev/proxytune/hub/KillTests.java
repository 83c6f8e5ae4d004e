package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills processes in the middle of downloads over several connections. */
class KillTests {
    private final byte[] content = Workbench.random(3_000_000, 7);

    /**
     * Start a download.
     *
     * @param limit the most KiB that a file may grow to, or {@code unlimited}
     */
    private Process start(Workbench bench, String limit) throws IOException {
        var builder = new ProcessBuilder(List.of(
                "bash",
                "-c",
                "ulimit -f " + limit + "; exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledDownload.class.getName(),
                bench.home.toString(),
                "Acme/Tiny-GGUF"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_") || name.equals("XDG_CACHE_HOME"));
        builder.environment().putAll(bench.variables);
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    @Test
    void goesOnAfterAKill(@TempDir Path home) throws Exception {
        try (var bench = new Workbench(home)) {
            bench.hub.put(Workbench.REPOSITORY, "tiny-Q4_K_M.gguf", content);
            bench.hub.rate = 300_000;
            Path incomplete = bench.incomplete(FakeHub.sha256(content));
            for (long least : new long[] {200_000, 900_000}) {
                Process process = start(bench, "unlimited");
                try (var lines = process.inputReader()) {
                    String line = lines.readLine();
                    while (line != null && Long.parseLong(line) < least) {
                        line = lines.readLine();
                    }
                    assertThat(line).isNotNull();
                    process.destroyForcibly().waitFor();
                }
                byte[] there = Files.readAllBytes(incomplete);
                assertThat(there.length).isPositive().isLessThan(content.length);
                assertThat(there).isEqualTo(Arrays.copyOf(content, there.length));
                assertThat(bench.find("Acme/Tiny-GGUF")).isEmpty();
            }
            bench.hub.rate = 0;
            long there = Files.size(incomplete);
            assertThat(bench.pull("Acme/Tiny-GGUF").file()).hasBinaryContent(content);
            assertThat(bench.heard).contains("start tiny-Q4_K_M.gguf " + content.length + " " + there);
        }
    }

    @Test
    void tellsThatTheDiskIsFullAndKeepsWhatIsThere(@TempDir Path home) throws Exception {
        try (var bench = new Workbench(home)) {
            bench.hub.put(Workbench.REPOSITORY, "tiny-Q4_K_M.gguf", content);
            Process process = start(bench, "1000");
            try (var lines = process.inputReader()) {
                assertThat(lines.lines().toList())
                        .last()
                        .asString()
                        .contains("The cache cannot be written at", ".incomplete: ", "HF_HUB_CACHE");
            }
            assertThat(bench.find("Acme/Tiny-GGUF")).isEmpty();
            assertThat(bench.pull("Acme/Tiny-GGUF").file()).hasBinaryContent(content);
            assertThat(bench.heard).contains("start tiny-Q4_K_M.gguf " + content.length + " " + 1000 * 1024);
        }
    }

    @Test
    void letsTwoProcessesFetchOneFileOnce(@TempDir Path home) throws Exception {
        try (var bench = new Workbench(home)) {
            bench.hub.put(Workbench.REPOSITORY, "tiny-Q4_K_M.gguf", content);
            bench.hub.rate = 1_000_000;
            Process one = start(bench, "unlimited");
            Process two = start(bench, "unlimited");
            for (Process process : List.of(one, two)) {
                try (var lines = process.inputReader()) {
                    assertThat(lines.lines().toList()).last().isEqualTo("done");
                }
                assertThat(process.waitFor()).isZero();
            }
            assertThat(bench.find("Acme/Tiny-GGUF").orElseThrow().file()).hasBinaryContent(content);
            long segments = bench.hub.seen("GET", "store").size();
            assertThat(segments).isEqualTo(Math.ceilDiv(content.length, 1 << 16));
        }
    }
}
