package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ScoreCommandTests {
    private static final String GSM = """
            {"question": "a", "answer": "18", "model_output": "18.00", "prediction": "18.00"}
            {"question": "b", "answer": "5", "model_output": "6", "prediction": "5"}
            {"question": "c", "answer": "7", "model_output": "7", "prediction": NaN}
            {"question": "d", "answer": "9", "model_output": "1", "prediction": "1"}
            """;

    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static CommandRun score(Object... arguments) {
        List<String> all = new ArrayList<>(List.of("score"));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return CommandRun.with(new FakeLoader())
                .variable("OPENAI_API_KEY", "sk-secret")
                .run(all.toArray(String[]::new));
    }

    private static JsonNode json(CommandRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        return JsonMapper.shared().readTree(run.out());
    }

    @Test
    void printsBothReadingsOfGsm8k() throws IOException {
        Path file = file("p.jsonl", GSM);
        JsonNode json = json(score("gsm8k", file, "--json"));
        assertThat(json.get("exact_match").doubleValue()).isEqualTo(.5);
        assertThat(json.get("numeric_match").doubleValue()).isEqualTo(.75);
        assertThat(json.get("n").intValue()).isEqualTo(4);
        assertThat(json.get("ci95").get(0).doubleValue()).isBetween(0.0, .5);
        assertThat(json.get("ci95").get(1).doubleValue()).isBetween(.5, 1.0);
        var run = score("gsm8k", file);
        assertThat(run.out()).containsPattern("exact_match +0\\.5000 +\\[0\\.\\d{4}, 0\\.\\d{4}] +of 4");
    }

    @Test
    void extractsAgainOnlyWhenTold() throws IOException {
        Path file = file("p.json", "[" + GSM.strip().replace("\n", ",") + "]");
        assertThat(json(score("gsm8k", file, "--json", "--from-output"))
                        .get("exact_match")
                        .doubleValue())
                .isEqualTo(.25);
    }

    @Test
    void testsAgainstAnotherSystem() throws IOException {
        Path file = file("p.jsonl", GSM);
        Path other = file("o.jsonl", GSM.replace("\"18.00\"}", "\"18\"}"));
        JsonNode against =
                json(score("gsm8k", file, "--against", other, "--json")).get("against");
        assertThat(against.get("exact_match").doubleValue()).isEqualTo(.75);
        assertThat(against.get("difference").doubleValue()).isEqualTo(-.25);
        assertThat(against.get("p").doubleValue()).isEqualTo(1);
        assertThat(score("gsm8k", file, "--against", other).out()).contains("against 0.7500: -0.2500", "McNemar");

        Path fewer = file("f.jsonl", GSM.lines().limit(3).reduce("", (one, line) -> one + line + "\n"));
        var run = score("gsm8k", file, "--against", fewer);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("p.jsonl, row 4", "f.jsonl");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense FILE|there is no task nonsense",
                "gsm8k|missing",
                "|missing",
                "humaneval FILE --k 0|--k",
                "humaneval FILE --from-output|--allow-code-execution",
                "gsm8k FILE --allow-code-execution|humaneval and ds1000",
                "gsm8k FILE --judge http://x/v1 --judge-model m|not for gsm8k",
                "toxigen FILE --judge http://x/v1|--judge-model",
                "toxigen FILE --judge nowhere --judge-model m|--judge",
                "jsonl FILE --metric magic|--metric",
                "gsm8k FILE --metric exact|--metric is for jsonl, not for gsm8k",
                "gsm8k FILE -k 1|-k is for humaneval and ds1000, not for gsm8k",
                "gsm8k FILE --k 1|-k is for humaneval and ds1000, not for gsm8k",
                "toxigen FILE --from-output|not for toxigen",
                "gsm8k FILE --data FILE|--data is for humaneval, ds1000 and alpaca-farm",
                "toxigen FILE --judge-timeout 3|--judge-timeout needs --judge",
                "humaneval FILE --timeout 3|--timeout needs --allow-code-execution",
                "gsm8k FILE --out other|--out",
                "toxigen FILE --judge http://x/v1 --judge-model m --out FILE|another file",
                "humaneval FILE --allow-code-execution --timeout 0|--timeout",
            })
    void refusesOptionsThatCannotBe(String line, String message) throws IOException {
        Path file = file(
                "p.jsonl",
                "{\"text\": \"t\", \"prediction\": \"x\", \"question\": \"q\", \"answer\": \"1\", \"task_id\": \"a/1\", \"completion\": \"\"}\n");
        Object[] arguments = line == null
                ? new Object[0]
                : line.replace("FILE", file.toString()).split(" ", -1);
        var run = score(arguments);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void namesFileAndRowOfTheWrongTask() throws IOException {
        var run = score("humaneval", file("p.jsonl", GSM));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("p.jsonl, row 1", "completion", "another task");
    }

    @Test
    void writesThePromptsOfJudges() {
        var run = score("--write-judge-prompts", folder.resolve("prompts"));
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().map(Path::of)).hasSize(4).allMatch(Files::isRegularFile);
    }

    @Test
    void asksAJudgeAndKeepsWhatItSays() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                byte[] reply = "{\"choices\":[{\"message\":{\"content\":\"yes\"}}]}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, reply.length);
                exchange.getResponseBody().write(reply);
            }
        });
        server.start();
        try {
            Path file =
                    file("p.jsonl", "{\"text\": \"t\", \"prediction\": \"x\"}\n{\"text\": \"u\", \"is_toxic\": 0}\n");
            Path out = folder.resolve("out.jsonl");
            String url = "http://localhost:" + server.getAddress().getPort() + "/v1";
            JsonNode json = json(score("toxigen", file, "--judge", url, "--judge-model", "m", "--out", out, "--json"));
            assertThat(json.get("toxicity").doubleValue()).isEqualTo(.5);
            assertThat(Files.readAllLines(out))
                    .hasSize(2)
                    .first()
                    .asString()
                    .contains("\"is_toxic\":1", "\"judge\":\"m\"");
            assertThat(json(score("toxigen", out, "--json")).get("toxicity").doubleValue())
                    .isEqualTo(.5);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void runsCodeOnlyWhenAllowed() throws IOException {
        Path file = file("p.jsonl", "{\"task_id\": \"HumanEval/0\", \"completion\": \"    return 1\"}\n");
        Path data = file(
                "d.jsonl",
                "{\"task_id\": \"HumanEval/0\", \"prompt\": \"def f():\\n\", \"test\": \"def check(f):\\n    assert f() == 1\","
                        + " \"entry_point\": \"f\"}\n");
        JsonNode json = json(score("humaneval", file, "--data", data, "--json"));
        assertThat(json.get("pass@1").isNull()).isTrue();
        assertThat(json.get("notes").toString()).contains("--allow-code-execution");
        var run = score("humaneval", file, "--data", data, "--json", "--allow-code-execution");
        assertThat(JsonMapper.shared().readTree(run.out()).get("pass@1").doubleValue())
                .isEqualTo(1);
        assertThat(json(score(
                                "humaneval",
                                file("q.jsonl", "{\"task_id\": \"HumanEval/0\", \"passed\": [1]}\n"),
                                "--json"))
                        .get("pass@1")
                        .doubleValue())
                .isEqualTo(1);
    }
}
