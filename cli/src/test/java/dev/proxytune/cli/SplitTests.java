package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steers a target that our own server shares. */
class SplitTests {
    private static final Path MODELS = Path.of("..", "models");
    private static final String KEY = "sk-of-a-user";

    /** How many of the first tokens are none of a text. */
    private static final int SPECIAL = 4;

    @TempDir
    private static Path folder;

    private static ChildProcess server;
    private static String address = "";

    @BeforeAll
    static void start() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), KEY + "\nsk-other\n");
        Path config = Files.writeString(folder.resolve("models.yaml"), """
                models:
                  - name: target
                    target: %1$s/target.gguf
                  - name: slow
                    target: %1$s/target.gguf
                    logits-rate: 3
                  - name: closed
                    target: %1$s/expert.gguf
                    expose-logits: false
                """.formatted(
                        MODELS.toAbsolutePath().normalize()));
        Path out = folder.resolve("out");
        server = ChildProcess.start(
                out,
                List.of(
                        "serve",
                        "--config",
                        config.toString(),
                        "--expose-logits",
                        "--logits-rate",
                        "0",
                        "--api-key-file",
                        keys.toString(),
                        "--port",
                        "0",
                        "-t",
                        "1"));
        assertThat(server.says("are ready")).isTrue();
        address = Files.readString(out).substring("listening on ".length()).strip();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static CommandRun run(String key, String prompt, String target, String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "-t", "1", "-n", "40", "-p", prompt, "--json"));
        for (int id = 0; id < SPECIAL; id++) {
            args.addAll(List.of("-l", id + "-1000"));
        }
        args.addAll(List.of("--target", target, "--expert", model("expert"), "--anti-expert", model("anti-expert")));
        args.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader())
                .variable("PROXYTUNE_REMOTE_KEY", key)
                .run(args.toArray(String[]::new));
    }

    private static String model(String name) {
        return MODELS.resolve(name + ".gguf").toString();
    }

    private static List<Object> ids(CommandRun run) {
        assertThat(run.code()).as(run.err()).isZero();
        return ((List<?>) Objects.requireNonNull(Json.object(run.out()).get("tokens")))
                .stream().<Object>map(token -> ((Map<?, ?>) token).get("id")).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "off, f32, 0, 'One day, Tom and his friend went to the park'",
        "off, f16, 0, 'What is Austria called in Dutch?'",
        "4, f32, 0, 'What is Austria called in Dutch?'",
        "4, f16, 0, 'Once there was a little girl who'",
        "auto, f32, 0, 'Once there was a little girl who'"
    })
    void saysTokenForTokenWhatTheLocalTargetSays(String speculate, String precision, String top, String prompt) {
        String[] ways = {"--speculate", speculate, "--remote-precision", precision, "--remote-top", top};
        assertThat(ids(run(KEY, prompt, address, ways))).hasSize(40).isEqualTo(ids(run(KEY, prompt, model("target"))));
    }

    @ParameterizedTest
    @CsvSource({"0.8, 7", "1.2, 8"})
    void drawsTheSameTokensFromTheSameSeed(String temperature, String seed) {
        String[] options = {"--temp", temperature, "-s", seed};
        assertThat(ids(run(KEY, "Hello", address, options)))
                .isEqualTo(ids(run(KEY, "Hello", model("target"), options)));
    }

    @ParameterizedTest
    @CsvSource({"off, 10", "4, 50"})
    void saysTheSameFromTheLikeliestTokens(String speculate, String top) {
        // What is certain is so before tokens are banned, so answers end here where they end.
        String[] free = {"-l", "0+0", "-l", "1+0", "-l", "2+0", "-l", "3+0"};
        List<String> ways = new ArrayList<>(List.of("--speculate", speculate, "--remote-top", top));
        ways.addAll(List.of(free));
        assertThat(ids(run(KEY, "Why is the sky blue?", address, ways.toArray(String[]::new))))
                .hasSizeGreaterThan(3)
                .isEqualTo(ids(run(KEY, "Why is the sky blue?", model("target"), free)));
    }

    @Test
    void answersTwoUsersAtOnce() {
        List<CompletableFuture<List<Object>>> answers = new ArrayList<>();
        List<List<Object>> expected = new ArrayList<>();
        for (String key : List.of(KEY, "sk-other")) {
            answers.add(CompletableFuture.supplyAsync(() -> ids(run(key, "Hello from " + key, address))));
            expected.add(ids(run(key, "Hello from " + key, model("target"))));
        }
        assertThat(answers.stream().map(CompletableFuture::join)).isEqualTo(expected);
    }

    @Test
    void asksForAKey() {
        CommandRun run = run("sk-wrong", "Hello", address);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("401", "PROXYTUNE_REMOTE_KEY");
        assertThat(run.err()).doesNotContain("sk-wrong");
    }

    @Test
    void waitsForRowsWhereTheyAreRationed() throws IOException, InterruptedException {
        List<Object> rationed = ids(run(KEY, "Hello", address, "--remote-model", "slow", "--speculate", "off"));
        assertThat(rationed).isEqualTo(ids(run(KEY, "Hello", model("target"))));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/metrics"))
                    .header("Authorization", "Bearer " + KEY)
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("proxytune_shared_rows_total{model=\"slow\"} 40.0")
                    .containsPattern("proxytune_requests_limited_total\\{model=\"slow\"} [1-9]");
        }
    }

    @Test
    void saysWhatIsNotShared() {
        CommandRun run = run(KEY, "Hello", address, "--remote-model", "closed");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("shares no rows of closed", "--expose-logits");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"--expose-logits                  | needs keys", "--expose-logits --logits-rate -1 | --logits-rate"
            })
    void refusesToShareWithoutKeys(String options, String message) {
        List<String> args = new ArrayList<>(List.of("serve", "--target", model("target"), "--port", "0"));
        args.addAll(List.of(options.split(" ")));
        CommandRun run = CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.errorLines()).singleElement().asString().contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void measuresWhatTheWayThereAndBackCosts() {
        CommandRun run = CommandRun.with(new LlamaLoader())
                .run(
                        "bench",
                        "split",
                        "--models",
                        MODELS.toString(),
                        "-f",
                        MODELS.resolve("suites").resolve("manners.jsonl").toString(),
                        "--count=1",
                        "-n=8",
                        "--rounds=1",
                        "--delay=0,2",
                        "--json");
        assertThat(run.code()).as(run.err()).isZero();
        var results = (List<?>) Objects.requireNonNull(Json.object(run.out()).get("results"));
        assertThat(results).hasSize(6).allSatisfy(each -> {
            var result = (Map<?, ?>) each;
            boolean remote = Objects.equals(result.get("target"), "remote");
            assertThat(result.get("same_answers")).isEqualTo(true);
            double got = ((Number) Objects.requireNonNull(result.get("bytes_received_per_token"))).doubleValue();
            assertThat(got > 1000).isEqualTo(remote);
        });
    }
}
