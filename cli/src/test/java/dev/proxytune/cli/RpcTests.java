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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spreads the target over two servers on this machine. Runs where {@code tools/build-rpc} has been. */
class RpcTests {
    private static final Path PROGRAM = CacheFolder.path().resolve("rpc").resolve("ggml-rpc-server");
    private static final Path MODELS = Path.of("..", "models");
    private static final String ABORTED = "134: ";
    private static final List<Process> SERVERS = new ArrayList<>();
    private static final List<String> ADDRESSES = new ArrayList<>();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void startServers() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "no ggml-rpc-server; tools/build-rpc makes one");
        for (int i = 0; i < 2; i++) {
            ADDRESSES.add(startServer(freePort()));
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String startServer(int port) throws IOException, InterruptedException {
        SERVERS.add(new ProcessBuilder(PROGRAM.toString(), "-H", "127.0.0.1", "-p", Integer.toString(port), "-t", "1")
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve("server-" + SERVERS.size() + ".log").toFile())
                .start());
        awaitServer(port);
        return "127.0.0.1:" + port;
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
        return run(args);
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
    void aBatchGoesOnWhereTheLossOfAServerEndedIt() throws IOException, InterruptedException {
        Path in = Files.write(
                folder.resolve("in.jsonl"),
                IntStream.range(0, 24)
                        .mapToObj(i -> "{\"id\": " + i + ", \"prompt\": \"Once, at " + i + "\"}")
                        .toList());
        Path out = folder.resolve("out.jsonl");
        int port = freePort();
        String servers = ADDRESSES.getFirst() + "," + startServer(port);
        Process lost = SERVERS.getLast();
        try (var child = ChildProcess.start("unlimited", batch(in, out, "--rpc", servers))) {
            assertThat(child.makes(out)).isTrue();
            while (child.isAlive() && Files.size(out) == 0) {
                Thread.sleep(5);
            }
            lost.destroyForcibly().waitFor();
            assertThat(child.end()).startsWith(ABORTED);
        }
        assertThat(Files.readAllLines(out)).hasSizeBetween(1, 23);
        startServer(port);
        run(batch(in, out, "--rpc", servers, "--resume"));
        Path alone = folder.resolve("alone.jsonl");
        run(batch(in, alone));
        assertThat(out).hasSameTextualContentAs(alone);
    }

    private static List<String> batch(Path in, Path out, String... more) {
        List<String> args = new ArrayList<>(List.of("batch", in.toString(), out.toString(), "-t", "1", "-n", "60"));
        args.addAll(List.of("--batch", "2", "--logit-bias", "2-inf"));
        args.addAll(List.of("--target", MODELS.resolve("target.gguf").toString()));
        args.addAll(List.of(more));
        return args;
    }

    private static CommandRun run(List<String> args) {
        CommandRun run = CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    @Test
    void guessesAheadOnSeveralMachinesToo() {
        String plain = generate("--speculate", "off").out();
        assertThat(generate("--speculate", "4", "--rpc", ADDRESSES.getFirst()).out())
                .isEqualTo(plain);
    }
}
