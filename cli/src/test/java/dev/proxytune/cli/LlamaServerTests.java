package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steers a target that llama.cpp's own server runs. Runs where {@code tools/build-llama-server} has been, or
 * {@code PROXYTUNE_LLAMA_SERVER} names the program.
 */
class LlamaServerTests {
    private static final Path MODELS = Path.of("..", "models");
    private static final String PROMPT = "One day, Tom and his friend went to the park";

    /** How many of the first tokens are none of a text. */
    private static final int SPECIAL = 4;

    @TempDir
    private static Path folder;

    private static Process process;
    private static String address = "";

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        String named = System.getenv("PROXYTUNE_LLAMA_SERVER");
        Path program = named != null
                ? Path.of(named)
                : Path.of(System.getProperty("user.home"), ".cache", "proxytune-dev", "llama-server", "llama-server");
        assumeTrue(Files.isExecutable(program), "no llama-server; tools/build-llama-server makes one");
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        address = "http://127.0.0.1:" + port;
        List<String> command = new ArrayList<>(List.of(program.toString(), "-m", model("target"), "-t", "1"));
        command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "-c", "1024", "-np", "4"));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        awaitHealth();
    }

    private static void awaitHealth() throws InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create(address + "/health")).build();
            while (process.isAlive()) {
                try {
                    if (client.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                        return;
                    }
                } catch (IOException e) {
                    // It does not listen yet.
                }
                Thread.sleep(50);
            }
        }
        throw new AssertionError("llama-server ended with exit code " + process.exitValue());
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (process != null) {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    /** Answer with that many tokens, none of which ends the answer; or, for 0, up to where the answer ends. */
    private static Map<?, ?> generate(int tokens, String target, String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "-t", "1", "-p", PROMPT, "--json"));
        for (int id = 0; id < SPECIAL && tokens > 0; id++) {
            args.addAll(List.of("-l", id + "-1000"));
        }
        args.addAll(List.of("-n", Integer.toString(tokens == 0 ? 60 : tokens)));
        args.addAll(List.of("--target", target, "--expert", model("expert"), "--anti-expert", model("anti-expert")));
        args.addAll(List.of(more));
        CommandRun run = CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return Json.object(run.out());
    }

    private static String model(String name) {
        return MODELS.resolve(name + ".gguf").toString();
    }

    private static List<Object> ids(Map<?, ?> answer) {
        return ((List<?>) Objects.requireNonNull(answer.get("tokens")))
                .stream().<Object>map(token -> ((Map<?, ?>) token).get("id")).toList();
    }

    @ParameterizedTest
    @CsvSource({"1, off, 0", "1, 4, 0", "1, auto, 0", "0, 4, 0"})
    void saysTokenForTokenWhatTheLocalTargetSays(String alpha, String speculate, String top) {
        Map<?, ?> here = generate(60, model("target"), "--alpha", alpha);
        Map<?, ?> there = generate(60, address, "--alpha", alpha, "--speculate", speculate, "--remote-top", top);
        assertThat(ids(there)).hasSize(60).isEqualTo(ids(here));
        assertThat(there.get("text")).isEqualTo(here.get("text"));
    }

    /** What is certain is so before tokens are banned, so answers end here where they end. */
    @ParameterizedTest
    @CsvSource({"1, off, 10", "2, 4, 50", "0.5, 4, 10", "1, auto, 100"})
    void saysTheSameFromTheLikeliestTokens(String alpha, String speculate, String top) {
        Map<?, ?> here = generate(0, model("target"), "--alpha", alpha);
        Map<?, ?> there = generate(0, address, "--alpha", alpha, "--speculate", speculate, "--remote-top", top);
        assertThat(ids(there)).hasSizeGreaterThan(3).isEqualTo(ids(here));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "7"})
    void drawsTheSameTokensFromTheSameSeed(String seed) {
        String[] options = {"--temp", "0.8", "--top-p", "0.9", "-s", seed};
        assertThat(ids(generate(60, address, options))).isEqualTo(ids(generate(60, model("target"), options)));
    }

    @Test
    void printsWhatTheWayOverHttpCosts() {
        for (String speculate : List.of("off", "4")) {
            double local = millis(model("target"), "--speculate", speculate);
            for (String top : List.of("0", "100")) {
                double remote = millis(address, "--speculate", speculate, "--remote-top", top);
                System.out.printf(
                        Locale.ROOT,
                        "--speculate %s --remote-top %s: local %.1f ms a token, remote %.1f, speed %.2f of local%n",
                        speculate,
                        top,
                        local,
                        remote,
                        local / remote);
            }
        }
    }

    /** Return the best of three runs, in milliseconds a token. */
    private static double millis(String target, String... options) {
        return IntStream.range(0, 3)
                .mapToDouble(_ -> {
                    Object timings = generate(120, target, options).get("timings");
                    return ((Number) Objects.requireNonNull(
                                    ((Map<?, ?>) Objects.requireNonNull(timings)).get("ms_per_token")))
                            .doubleValue();
                })
                .min()
                .orElseThrow();
    }
}
