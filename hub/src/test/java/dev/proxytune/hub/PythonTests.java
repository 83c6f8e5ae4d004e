package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shares a cache with Python's huggingface_hub, from PyPI; skipped, with the reason, where that cannot be had. */
class PythonTests {
    private static final String VERSION = "huggingface_hub==2.4.0";
    private static final String FILE = "tiny-Q8_0.gguf";

    private static Path python;

    private final byte[] content = Workbench.random(400_000, 8);

    private Workbench bench;

    /** Make a virtual environment beside other build outputs, once. */
    @BeforeAll
    static void install() throws IOException, InterruptedException {
        Path environment = Path.of("target", "python-hub").toAbsolutePath();
        python = environment.resolve("bin/python");
        Path done = environment.resolve("installed");
        if (!Files.exists(done)) {
            assumeTrue(
                    run(Map.of(), List.of("python3", "-m", "venv", environment.toString())) == 0,
                    "no python3 with venv");
            assumeTrue(
                    run(Map.of(), List.of(python.toString(), "-m", "pip", "install", "-q", "--retries", "1", VERSION))
                            == 0,
                    "pip cannot install " + VERSION);
            Files.createFile(done);
        }
    }

    @BeforeEach
    void open(@TempDir Path home) {
        bench = new Workbench(home);
        bench.hub.put(Workbench.REPOSITORY, FILE, content).putSmall(Workbench.REPOSITORY, "config.json", new byte[10]);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static int run(Map<String, String> variables, List<String> command)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(variables);
        try {
            Process process = builder.start();
            return process.waitFor(5, TimeUnit.MINUTES) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** Run Python with the bench's variables. */
    private Process python(String script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(python.toString(), "-c", script));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_") || name.equals("XDG_CACHE_HOME"));
        builder.environment().putAll(bench.variables);
        builder.environment().put("HOME", bench.home.toString());
        builder.environment().put("HF_HUB_DISABLE_XET", "1");
        return builder.start();
    }

    private static String output(Process process) throws InterruptedException, IOException {
        try (var lines = process.inputReader()) {
            String all = String.join("\n", lines.lines().toList());
            assertThat(process.waitFor()).isZero();
            return all;
        }
    }

    @Test
    void pythonUsesWhatWePulled() throws Exception {
        LocalModel model = bench.pull("Acme/Tiny-GGUF");
        bench.variables.put("HF_HUB_OFFLINE", "1");
        String script = """
                from huggingface_hub import hf_hub_download, scan_cache_dir
                print(hf_hub_download("Acme/Tiny-GGUF", "tiny-Q8_0.gguf"))
                info = scan_cache_dir()
                assert not info.warnings, info.warnings
                print([file.file_name for repo in info.repos for revision in repo.revisions for file in revision.files])
                """;
        assertThat(output(python(script))).isEqualTo(model.file() + "\n['tiny-Q8_0.gguf']");
    }

    @Test
    void weUseWhatPythonFetched() throws Exception {
        String script = """
                from huggingface_hub import hf_hub_download
                print(hf_hub_download("Acme/Tiny-GGUF", "tiny-Q8_0.gguf"))
                """;
        Path file = Path.of(output(python(script)));
        int before = bench.hub.seen("GET", "store").size();
        bench.variables.put("HF_HUB_OFFLINE", "1");
        assertThat(bench.pull("Acme/Tiny-GGUF").file()).isEqualTo(file).hasBinaryContent(content);
        bench.variables.remove("HF_HUB_OFFLINE");
        bench.pull("Acme/Tiny-GGUF");
        assertThat(bench.hub.seen("GET", "store")).hasSize(before);
        assertThat(bench.client().list())
                .singleElement()
                .satisfies(model -> assertThat(model.reference()).isEqualTo("Acme/Tiny-GGUF:Q8_0"));
        bench.client().remove(ModelReference.parse("Acme/Tiny-GGUF"));
        assertThat(file).doesNotExist();
    }

    @Test
    void pythonFetchesOnlyTheLinkOfWhatWePulledAtAnotherCommit() throws Exception {
        bench.pull("Acme/Tiny-GGUF");
        bench.hub.commit = "f".repeat(40);
        int before = bench.hub.seen("GET", "store").size();
        String script = """
                from huggingface_hub import hf_hub_download
                print(hf_hub_download("Acme/Tiny-GGUF", "tiny-Q8_0.gguf"))
                """;
        assertThat(Path.of(output(python(script)))).hasBinaryContent(content);
        assertThat(bench.hub.seen("GET", "store")).hasSize(before);
    }

    @Test
    void eachWaitsForTheLockOfTheOther() throws Exception {
        assumeTrue(Flock.isAvailable(), "this system has no flock");
        Path lock = bench.home.resolve(
                ".cache/huggingface/hub/.locks/models--Acme--Tiny-GGUF/" + FakeHub.sha256(content) + ".lock");
        try (BlobLock _ = BlobLock.attempt(lock).orElseThrow()) {
            String script = """
                    import sys
                    from filelock import FileLock, Timeout
                    try:
                        FileLock(sys.argv[1]).acquire(timeout=0.2)
                        print("taken")
                    except Timeout:
                        print("held")
                    """;
            assertThat(output(python(script, lock.toString()))).isEqualTo("held");
        }
        String script = """
                import sys
                from filelock import FileLock
                with FileLock(sys.argv[1]):
                    print("held", flush=True)
                    sys.stdin.readline()
                """;
        Process holder = python(script, lock.toString());
        try (var lines = holder.inputReader();
                var in = holder.outputWriter()) {
            assertThat(lines.readLine()).isEqualTo("held");
            assertThat(BlobLock.attempt(lock)).isEmpty();
            in.write("\n");
        }
        assertThat(holder.waitFor()).isZero();
        try (BlobLock free = BlobLock.take(lock, "x", PullListener.NONE, new Cancellation())) {
            assertThat(free).isNotNull();
        }
    }
}
