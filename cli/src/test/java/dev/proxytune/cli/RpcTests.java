package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.llama.CacheFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spreads the target over two servers on this machine. Runs where {@code tools/build-rpc} has been. */
class RpcTests {
    private static final Path MODELS = Path.of("..", "models");
    private static final List<Process> SERVERS = new ArrayList<>();
    private static final List<String> ADDRESSES = new ArrayList<>();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void startServers() throws IOException, InterruptedException {
        Path program = CacheFolder.path().resolve("rpc").resolve("ggml-rpc-server");
        assumeTrue(Files.isExecutable(program), "no ggml-rpc-server; tools/build-rpc makes one");
        for (int i = 0; i < 2; i++) {
            int port;
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
            SERVERS.add(new ProcessBuilder(
                            program.toString(), "-H", "127.0.0.1", "-p", Integer.toString(port), "-t", "1")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("server-" + i + ".log").toFile())
                    .start());
            ADDRESSES.add("127.0.0.1:" + port);
            awaitServer(port);
        }
    }

    private static void awaitServer(int port) throws InterruptedException {
        while (SERVERS.getLast().isAlive()) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        throw new AssertionError("The server has ended");
    }

    @AfterAll
    static void stopServers() {
        SERVERS.forEach(Process::destroyForcibly);
    }

    private static CommandRun generate(String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "-t", "1", "-n", "40"));
        args.addAll(List.of("-p", "Maja has 98 combs. Carlos takes 5 of them. How many combs does Maja have left?\n"));
        args.addAll(List.of("--target", MODELS.resolve("target.gguf").toString()));
        args.addAll(List.of("--expert", MODELS.resolve("expert.gguf").toString()));
        args.addAll(List.of("--anti-expert", MODELS.resolve("anti-expert.gguf").toString()));
        args.addAll(List.of(more));
        CommandRun run = CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    @Test
    void saysWhatOneMachineSays() throws IOException {
        String alone = generate().out();
        assertThat(alone).isNotBlank();
        assertThat(generate("--rpc", String.join(",", ADDRESSES)).out()).isEqualTo(alone);
        for (int i = 0; i < ADDRESSES.size(); i++) {
            // The first one is the greeting, those after it come from llama.cpp.
            assertThat(Files.readString(folder.resolve("server-" + i + ".log")))
                    .containsSubsequence("Accepted client connection", "Accepted client connection");
        }
    }

    @Test
    void guessesAheadOnSeveralMachinesToo() {
        String plain = generate("--speculate", "off").out();
        assertThat(generate("--speculate", "4", "--rpc", ADDRESSES.getFirst()).out())
                .isEqualTo(plain);
    }
}
