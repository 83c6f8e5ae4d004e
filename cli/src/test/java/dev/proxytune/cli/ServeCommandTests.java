package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTests {
    private static final String QUESTION = "What is Austria called in Dutch?\n";
    private static final Path FAMILY = Path.of("..", "models").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private static String ask(HttpClient client, String address, String model, String more) throws Exception {
        String prompt = Json.line(Map.of("prompt", QUESTION)).strip();
        String body = prompt.substring(0, prompt.length() - 1) + ",\"temperature\":0,\"max_tokens\":24,\"model\":\""
                + model + "\"" + more + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var choices =
                (List<?>) Objects.requireNonNull(Json.object(response.body()).get("choices"));
        return (String) Objects.requireNonNull(((Map<?, ?>) choices.getFirst()).get("text"));
    }

    private static String generate(Object... models) {
        String[] args = new String[models.length + 8];
        List<String> fixed = List.of("generate", "-p", QUESTION, "-n", "24", "-t", "1", "--target");
        fixed.toArray(args);
        for (int i = 0; i < models.length; i++) {
            args[fixed.size() + i] = models[i].toString();
        }
        CommandRun run = CommandRun.with(new LlamaLoader()).run(args);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    @Test
    void saysWhatTheCommandLineSaysAndDrainsWhenAskedToStop() throws Exception {
        Path target = FAMILY.resolve("target.gguf");
        Path expert = FAMILY.resolve("expert.gguf");
        Path antiExpert = FAMILY.resolve("anti-expert.gguf");
        Path out = folder.resolve("out");
        List<String> args = List.of(
                "serve",
                "--target",
                target.toString(),
                "--expert",
                expert.toString(),
                "--anti-expert",
                antiExpert.toString(),
                "--name",
                "trio",
                "--port",
                "0",
                "--threads",
                "1",
                "--ctx-size",
                "128");
        try (var server = ChildProcess.start(out, args);
                var client = HttpClient.newHttpClient()) {
            assertThat(server.says("trio is ready")).isTrue();
            String line = Files.readString(out);
            assertThat(line).matches("listening on http://127\\.0\\.0\\.1:\\d+\n");
            String address = line.substring("listening on ".length()).strip();
            assertThat(ask(client, address, "trio", ""))
                    .isEqualTo(generate(target, "--expert", expert, "--anti-expert", antiExpert));
            assertThat(ask(client, address, "trio", ",\"proxy\":{\"alpha\":0.5}"))
                    .isEqualTo(generate(target, "--expert", expert, "--anti-expert", antiExpert, "--alpha", "0.5"));
            assertThat(ask(client, address, "trio:base", "")).isEqualTo(generate(target));
            assertThat(ask(client, address, "trio:expert", "")).isEqualTo(generate(expert));
            assertThat(ask(client, address, "trio", ",\"response_format\":{\"type\":\"json_object\"}"))
                    .startsWith("{");
            server.signal("TERM");
            assertThat(server.end()).startsWith("0: proxytune: stopping");
        }
    }

    @Test
    void servesTheModelsOfAFileAndThoseThatAreNamed() throws Exception {
        Path file = folder.resolve("models.yaml");
        String models = """
                models:
                  - name: steered
                    target: family/target.gguf
                    expert: family/expert.gguf
                    anti-expert: family/anti-expert.gguf
                    alpha: 0.5
                    parallel: 2
                    speculate: auto
                  - name: weak
                    trio: family
                    alpha: 0.25
                    load: first-use
                  - name: small   # the first one's expert: in memory once
                    target: family/expert.gguf
                    load: first-use
                    unload-after: 1
                """;
        Path relative = folder.toRealPath().relativize(FAMILY.toRealPath());
        Files.writeString(file, models.replace("family/", relative + "/"));
        Path target = FAMILY.resolve("target.gguf");
        List<String> args =
                List.of("serve", target.toString(), "--config", file.toString(), "--port", "0", "-t", "1", "-c", "128");
        Path out = folder.resolve("out");
        try (var server = ChildProcess.start(out, args, "-Dproxytune.home=" + FAMILY.getParent());
                var client = HttpClient.newHttpClient()) {
            assertThat(server.says("target, steered, weak, small are ready")).isTrue();
            String address =
                    Files.readString(out).substring("listening on ".length()).strip();
            Path expert = FAMILY.resolve("expert.gguf");
            Path antiExpert = FAMILY.resolve("anti-expert.gguf");
            assertThat(ask(client, address, "target", "")).isEqualTo(generate(target));
            assertThat(ask(client, address, "small", "")).isEqualTo(generate(expert));
            assertThat(ask(client, address, "steered", ""))
                    .isEqualTo(generate(target, "--expert", expert, "--anti-expert", antiExpert, "--alpha", "0.5"));
            assertThat(ask(client, address, "weak", ""))
                    .isEqualTo(generate(target, "--expert", expert, "--anti-expert", antiExpert, "--alpha", "0.25"));
            server.signal("INT");
            assertThat(server.end()).startsWith("0: proxytune: stopping");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port -1 | --host, --port: the port must be from 0 to 65535, got: -1",
                "--parallel 0 | --parallel: the number of answers at once must be 1 or more, got: 0",
                "--queue -1 | --queue: the length of the queue must be 0 or more, got: -1",
                "--predict 0 | --predict must be 1 or more, or -1, got: 0",
                "--tls-cert a | --tls-cert and --tls-key need each other: give both",
                "--drain -1 | --drain must be 0 or more, got: -1",
            })
    void refusesOptionsThatCannotBe(String options, String message) {
        String target = FAMILY.resolve("target.gguf").toString();
        String[] words = ("serve --target " + target + " " + options).split(" ");
        CommandRun run = CommandRun.with(new LlamaLoader()).run(words);
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains(message);
    }

    @Test
    void needsAModelWhereItDoesNotKnowItsHome() {
        CommandRun run = CommandRun.with(new LlamaLoader()).run("serve");
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("--target=<MODEL>");
    }
}
