package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names servers as targets. */
class RemoteCommandTests {
    private static final String EXPERT = Path.of("..", "models", "expert.gguf").toString();
    private static final String ANTI_EXPERT =
            Path.of("..", "models", "anti-expert.gguf").toString();
    private static final String KEY = "sk-hidden";

    @TempDir
    private Path folder;

    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private int status = 200;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/models", exchange -> send(exchange, "{\"data\":[{\"id\":\"gpt\"}]}"));
        server.createContext("/v1/chat/completions", exchange -> send(exchange, chat()));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void send(HttpExchange exchange, String body) throws IOException {
        try (exchange) {
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.getRequestBody().readAllBytes();
            byte[] bytes = (status == 200 ? body : "{\"error\":{\"message\":\"wrong key " + KEY + "\"}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String chat() {
        return "{\"choices\":[{\"logprobs\":{\"content\":[{\"token\":\"C\",\"logprob\":-0.1,\"top_logprobs\":["
                + "{\"token\":\"C\",\"logprob\":-0.1,\"bytes\":[67]},{\"token\":\"B\",\"logprob\":-3,\"bytes\":[66]}]}]}}]}";
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    private CommandRun run(String... args) {
        return CommandRun.with(new LlamaLoader())
                .variable("OPENAI_API_KEY", KEY)
                .run(args);
    }

    @Test
    void answersNewsByLettersOfAChatModel() throws IOException {
        Path data = Files.writeString(folder.resolve("news.jsonl"), """
                {"question_id": "1", "question_sentence": "Who won?", "choices": ["Ann", "Bob", "Cy", "Dee"], "answer": "2"}
                """);
        Path out = folder.resolve("out.jsonl");
        CommandRun run = run(
                "eval",
                "realtimeqa",
                "--target",
                address(),
                "--remote",
                "openai",
                "--expert",
                EXPERT,
                "--anti-expert",
                ANTI_EXPERT,
                "--alpha",
                "0.1",
                "--data",
                data.toString(),
                "--out",
                out.toString(),
                "-t",
                "1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(out)).contains("\"prediction\":\"C\"", "\"correct\":true");
        assertThat(keys).containsOnly("Bearer " + KEY);
    }

    @Test
    void refusesToContinueAChatAnswerWithTheReason() {
        CommandRun run = run("generate", "--target", address(), "--expert", EXPERT, "-p", "x", "-n", "5", "-t", "1");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("chat API").contains("first token");
        assertThat(keys)
                .as("the server did not say that it is meant to have the key")
                .containsOnly("null");
    }

    @Test
    void readsTheServedModelsOwnTokenizer() throws IOException {
        Path tokenizer = folder.resolve("tokenizer.json");
        Files.writeString(tokenizer, """
                {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
                 "model": {"type": "BPE", "vocab": {"A": 0, "B": 1, "C": 2, "?": 3, "AB": 4}, "merges": ["A B"]}}
                """);
        List<String> args = new ArrayList<>(List.of("generate", "--target", address(), "-p", "A?", "-n", "1"));
        args.addAll(List.of("-t", "1", "--remote-tokenizer", tokenizer.toString()));
        CommandRun alone = run(args.toArray(String[]::new));
        assertThat(alone.code()).as(alone.err()).isZero();
        assertThat(alone.out().strip()).isEqualTo("C");
        args.addAll(List.of("--expert", EXPERT));
        CommandRun other = run(args.toArray(String[]::new));
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("expert");
    }

    @Test
    void showsNoKey() {
        status = 401;
        CommandRun run = run("generate", "--target", address(), "--remote", "openai", "--expert", EXPERT, "-p", "x");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("status 401").doesNotContain(KEY);
        assertThat(run.errorLines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "'--target http://u:p@host --expert E', like http://host",
        "'--target http://host', --remote-tokenizer",
        "'--target http://host --expert E --remote smoke', vllm",
        "'--target http://host --expert E --remote-top -2', --remote-top",
        "'--target http://host --expert E --remote-parallel 0', --remote-parallel",
        "'--target http://host --expert E --remote-timeout 0', --remote-timeout",
        "'--target http://host --expert E --lora E', --lora",
        "'--target E --remote vllm', --target names none"
    })
    void refusesWrongOptions(String options, String message) {
        List<String> args = new ArrayList<>(List.of("generate", "-p", "x"));
        args.addAll(List.of(options.replace("E", EXPERT).split(" ")));
        CommandRun run = run(args.toArray(String[]::new));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message).doesNotContain("u:p");
    }
}
