package dev.proxytune.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's own client for JavaScript, in Node. */
class NodeClientTests {
    private static final Path SOURCES = Path.of("src", "test", "node");

    private static RunningServer server;
    private static Path modules;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(runs("node", "--version"), "Node.js is not installed: its client is not tried");
        modules = modules();
        server = new RunningServer();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return run(folder, Map.of(), command).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /** Run a command, and return nothing, or what it says if it fails. */
    private static String run(Path in, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        var builder = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return code == 0 ? "" : command[0] + " ended with " + code + ": " + Files.readString(output);
    }

    /** Return the folder with the client, which is fetched once for all builds. */
    private static Path modules() throws IOException, InterruptedException {
        var checksum = new CRC32();
        checksum.update(Files.readAllBytes(SOURCES.resolve("package-lock.json")));
        Path cache = Path.of(System.getProperty("user.home"), ".cache", "proxytune", "node-client-tests");
        Path done = cache.resolve(Long.toHexString(checksum.getValue()));
        if (!Files.isDirectory(done)) {
            assumeTrue(runs("npm", "--version"), "npm is not installed: Node's client is not tried");
            Files.createDirectories(cache);
            Path fetched = Files.createTempDirectory(cache, "fetch");
            for (String name : new String[] {"package.json", "package-lock.json"}) {
                Files.copy(SOURCES.resolve(name), fetched.resolve(name));
            }
            assertThat(run(fetched, Map.of(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"))
                    .isEmpty();
            try {
                Files.move(fetched, done);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
                // Another build was faster; what this one has fetched is the same.
            }
        }
        return done.resolve("node_modules");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"chat", "stream", "logprobs", "stop", "several", "completion", "models", "errors", "cancel"})
    void asks(String what) throws IOException, InterruptedException {
        server.let(what.equals("cancel") ? 8 : 0);
        assertThat(run(
                        SOURCES,
                        Map.of("NODE_PATH", modules.toString()),
                        "node",
                        "client.cjs",
                        what,
                        server.address(),
                        RunningServer.KEY))
                .isEmpty();
        server.expectTheAnswerToEnd();
    }
}
