package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalTests {
    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer(EngineOptions.DEFAULT, ServerOptions.DEFAULT.withBodyLimit(100_000));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"temperature\":-1 | temperature",
                "\"temperature\":\"hot\" | temperature",
                "\"temperature\":1e400 | temperature",
                "\"top_p\":1.5 | top_p",
                "\"top_k\":-2 | top_k",
                "\"suffix\":\"end\" | suffix",
                "\"n\":2,\"best_of\":3 | best_of",
                "\"top_k\":1.5 | top_k",
                "\"min_p\":2 | min_p",
                "\"max_tokens\":-5 | max_tokens",
                "\"max_tokens\":1e99 | max_tokens",
                "\"max_completion_tokens\":\"9\" | max_completion_tokens",
                "\"seed\":0.5 | seed",
                "\"n\":0 | n",
                "\"n\":129 | n",
                "\"stop\":[1] | stop",
                "\"stop\":\"\" | stop",
                "\"stop\":{} | stop",
                "\"stream\":1 | stream",
                "\"stream_options\":true | stream_options",
                "\"logprobs\":21 | logprobs",
                "\"logit_bias\":{\"900\":1} | logit_bias",
                "\"logit_bias\":{\"x\":1} | logit_bias",
                "\"logit_bias\":[[1]] | logit_bias",
                "\"repeat_penalty\":0 | repeat_penalty",
                "\"presence_penalty\":[] | presence_penalty",
                "\"response_format\":{\"type\":\"xml\"} | response_format.type",
                "\"response_format\":{\"type\":\"json_schema\"} | response_format.json_schema.schema",
                "\"proxy\":{\"alpha\":1} | proxy.alpha",
                "\"proxy_trace\":7 | proxy_trace",
                "\"model\":7 | model",
                "\"prompt\":[] | prompt",
                "\"prompt\":7 | prompt",
                "\"prompt\":[1,\"a\"] | prompt",
                "\"prompt\":[257] | prompt[0]",
                "\"prompt\":[-1] | prompt[0]",
            })
    void namesTheFieldThatIsWrong(String field, String param) throws Exception {
        String body = field.startsWith("\"prompt\"") ? "{" + field + "}" : "{\"prompt\":\"x\"," + field + "}";
        HttpResponse<String> response = server.post("/v1/completions", body);
        JsonNode error = TestServer.MAPPER.readTree(response.body()).get("error");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | messages",
                "{\"messages\":[]} | messages",
                "{\"messages\":[3]} | messages[0]",
                "{\"messages\":[{\"content\":\"x\"}]} | messages[0].role",
                "{\"messages\":[{\"role\":\"user\",\"content\":5}]} | messages[0].content",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]} | messages[0].content[0]",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"top_logprobs\":3} | top_logprobs",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tool_choice\":\"required\"} | tool_choice",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tool_choice\":{\"type\":\"function\"}} | tool_choice",
            })
    void namesTheMessageThatIsWrong(String body, String param) throws Exception {
        HttpResponse<String> response = server.post("/v1/chat/completions", body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.MAPPER
                        .readTree(response.body())
                        .at("/error/param")
                        .asString())
                .isEqualTo(param);
    }

    @Test
    void ignoresFieldsThatItDoesNotKnow() throws Exception {
        assertThat(server.post(
                                "/v1/completions",
                                "{\"prompt\":\"x\",\"user\":\"me\",\"new\":{},\"suffix\":\"\",\"best_of\":1}")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "{\"prompt\":\"x\"} {}", "{\"prompt\":NaN}"})
    void refusesWhatIsNoObject(String body) throws Exception {
        HttpResponse<String> response = server.post("/v1/completions", body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("\"type\":\"invalid_request_error\"");
    }

    @Test
    void refusesDeepJsonAndBrokenUtf8() throws Exception {
        String deep = "{\"x\":" + "[".repeat(40_000) + "]".repeat(40_000) + "}";
        assertThat(server.post("/v1/completions", deep).statusCode()).isEqualTo(400);
        byte[] broken = "{\"prompt\":\"x?\"}".getBytes(StandardCharsets.US_ASCII);
        broken[12] = (byte) 0xff;
        HttpResponse<String> response = server.post("/v1/completions", broken);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("UTF-8");
    }

    @Test
    void refusesLargeBodiesAndGoesOn() throws Exception {
        HttpResponse<String> response = server.post("/v1/completions", "x".repeat(100_001));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).contains("100000 bytes");
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesPromptsThatOutgrowTheContext() throws Exception {
        HttpResponse<String> response = server.post("/v1/completions", "{\"prompt\":\"" + "x".repeat(1000) + "\"}");
        JsonNode error = TestServer.MAPPER.readTree(response.body()).get("error");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error.get("type").asString()).isEqualTo("exceed_context_size_error");
        assertThat(error.get("code").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.get("message").asString()).startsWith("This model's maximum context length is 1000 tokens");
        assertThat(error.get("n_prompt_tokens").asInt()).isEqualTo(1000);
        assertThat(error.get("n_ctx").asInt()).isEqualTo(1000);
    }

    @Test
    void blamesTheRequestForWhatItsTemplateRefuses(@TempDir Path folder) throws Exception {
        Path template = folder.resolve("template.jinja");
        Files.writeString(template, "{{ raise_exception('only questions, please') }}");
        var model = new EchoModel("", 100);
        var choice = new FormatChoice.ChatFile(template);
        var served = ServedModel.single(
                "strict", () -> new LoadedModel(model, PromptFormats.of(model, choice, List.of(), List.of())));
        try (var strict = new TestServer(List.of(served))) {
            HttpResponse<String> response =
                    strict.post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hm\"}]}");
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("only questions, please", "invalid_request_error");
            assertThat(strict.ask("/v1/completions", "{\"prompt\":\"hi\",\"temperature\":0}")
                            .at("/choices/0/text")
                            .asString())
                    .isEqualTo("hi");
        }
    }

    @Test
    void refusesUnknownModelsPathsAndMethods() throws Exception {
        assertThat(server.post("/v1/completions", "{\"model\":\"gpt\",\"prompt\":\"x\"}")
                        .body())
                .contains("\"code\":\"model_not_found\"", "trio:base");
        assertThat(server.get("/v1/nothing").statusCode()).isEqualTo(404);
        assertThat(server.get("/v1/completions").statusCode()).isEqualTo(405);
        assertThat(server.post("/v1/models", "").statusCode()).isEqualTo(405);
    }

    @Test
    void refusesMoreAnswersThanTheQueueHolds() throws Exception {
        assertThat(server.post("/v1/completions", "{\"prompt\":\"x\",\"n\":73}").statusCode())
                .isEqualTo(400);
    }

    @Test
    void answersWhatIsNoHttp() throws Exception {
        try (var socket = server.raw("GET / BANANA\r\n\r\n")) {
            assertThat(TestServer.readUntil(socket.getInputStream(), "\r\n")).contains("HTTP/1.1 400");
        }
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }
}
