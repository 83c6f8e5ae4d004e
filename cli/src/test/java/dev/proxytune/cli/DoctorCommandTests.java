package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.llama.LibraryInfo;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

class DoctorCommandTests {
    private static final LibraryInfo INFO = new LibraryInfo(
            Path.of("/libs"),
            "the jar",
            "0.5.0",
            "libggml-cpu-zen4.so",
            List.of(
                    new LibraryInfo.Device("CPU", "A processor", "CPU", false, 1, 2),
                    new LibraryInfo.Device("CUDA0", "A card", "CUDA", true, 1L << 30, 2L << 30)));

    private static CommandRun run(DoctorCommand.LibrarySource library, String... args) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var console = new Console(InputStream.nullInputStream(), out, err, Terminals.NONE, Map.of());
        int code = new CommandLine(new DoctorCommand(console, library)).execute(args);
        return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void tellsWhatItRunsOn() {
        var run = run(() -> INFO);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("/libs", "libggml-cpu-zen4.so", "A card", "2.00 GiB", System.getProperty("java.home"))
                .doesNotContain("A processor");
    }

    @Test
    void tellsTheSameInJson() {
        var json = JsonMapper.shared().readTree(run(() -> INFO, "--json").out());
        assertThat(json.propertyNames()).containsExactly("version", "java", "system", "llama", "problems");
        assertThat(json.get("java").propertyNames())
                .containsExactly("version", "vendor", "home", "heap_bytes", "native_access");
        assertThat(json.get("system").propertyNames())
                .containsExactly("name", "version", "architecture", "processors", "memory_bytes", "available_bytes");
        assertThat(json.get("llama").propertyNames())
                .containsExactly("version", "folder", "named_by", "cpu_library", "gpus");
        assertThat(json.get("llama").get("gpus")).hasSize(1);
        assertThat(json.get("problems")).isEmpty();
    }

    @Test
    void tellsEachProblemInALine() {
        DoctorCommand.LibrarySource missing = () -> {
            throw new ProxyTuneException("There are no libraries: install them");
        };
        var run = run(missing);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("proxytune: There are no libraries: install them\n");
        assertThat(run.out()).contains("not available");
        var json = JsonMapper.shared().readTree(run(missing, "--json").out());
        assertThat(json.get("llama").isNull()).isTrue();
        assertThat(json.get("problems")).hasSize(1);
    }
}
