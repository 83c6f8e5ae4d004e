package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompletionTests {
    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static String chat(String more) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello, Äße 😀\"}],\"temperature\":0" + more + "}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/chat/completions"})
    void answersAChat(String path) throws Exception {
        JsonNode answer = server.ask(path, chat(""));
        assertThat(answer.get("object").asString()).isEqualTo("chat.completion");
        assertThat(answer.get("id").asString()).startsWith("chatcmpl-");
        assertThat(answer.get("model").asString()).isEqualTo("echo");
        JsonNode choice = answer.get("choices").get(0);
        assertThat(choice.at("/message/role").asString()).isEqualTo("assistant");
        assertThat(choice.at("/message/content").asString()).isEqualTo("Hello, Äße 😀");
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(choice.get("logprobs").isNull()).isTrue();
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(18);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(17);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(35);
    }

    @Test
    void takesContentInParts() throws Exception {
        JsonNode answer = server.ask(
                "/v1/chat/completions",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                        + "{\"type\":\"text\",\"text\":\"b\"}]}],\"temperature\":0}");
        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("ab");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"hi\" | hi",
                "[104,105] | hi",
                "[\"hi\"] | hi",
                "[\"hi\",\"you\"] | hi,you",
                "[[104,105],[121]] | hi,y",
            })
    void takesPromptsInAllForms(String prompt, String expected) throws Exception {
        JsonNode answer = server.ask("/v1/completions", "{\"temperature\":0,\"prompt\":" + prompt + "}");
        List<String> texts = new ArrayList<>();
        answer.get("choices").forEach(choice -> {
            assertThat(choice.get("index").asInt()).isEqualTo(texts.size());
            texts.add(choice.get("text").asString());
        });
        assertThat(String.join(",", texts)).isEqualTo(expected);
    }

    @Test
    void echoesThePromptAndCountsChoicesPromptByPrompt() throws Exception {
        JsonNode answer = server.ask(
                "/v1/completions",
                "{\"prompt\":[\"ab\",\"cd\"],\"n\":2,\"echo\":true,\"max_tokens\":1,\"temperature\":0}");
        assertThat(answer.get("choices").findValuesAsString("text")).containsExactly("aba", "aba", "cdc", "cdc");
        assertThat(answer.get("choices").findValuesAsString("finish_reason")).containsOnly("length");
    }

    @Test
    void tellsLogprobsOfAnEchoedPromptOfWhichTheFirstIsNull() throws Exception {
        JsonNode choice = server.ask(
                        "/v1/completions",
                        "{\"prompt\":\"aab\",\"echo\":true,\"logprobs\":1,\"max_tokens\":0,\"temperature\":0}")
                .at("/choices/0");
        JsonNode logprobs = choice.get("logprobs");
        assertThat(choice.get("text").asString()).isEqualTo("aab");
        assertThat(choice.get("finish_reason").asString()).isEqualTo("length");
        assertThat(logprobs.get("tokens").toString()).isEqualTo("[\"a\",\"a\",\"b\"]");
        assertThat(logprobs.get("text_offset").toString()).isEqualTo("[0,1,2]");
        assertThat(logprobs.get("token_logprobs").get(0).isNull()).isTrue();
        assertThat(logprobs.get("top_logprobs").get(0).isNull()).isTrue();
        assertThat(logprobs.get("token_logprobs").get(1).asDouble()).isBetween(-0.1, 0.0);
        assertThat(logprobs.get("token_logprobs").get(2).asDouble()).isLessThan(-5);
        assertThat(logprobs.get("top_logprobs").get(2).size()).isEqualTo(1);
    }

    @Test
    void measuresHowExpertsMoveTokensOfSomeRequestsThatDoNotAsk() throws Exception {
        try (var fresh = new TestServer()) {
            fresh.ask("/v1/completions", "{\"model\":\"trio\",\"prompt\":\"yes\",\"temperature\":0}");
            String metrics = fresh.get("/metrics").body();
            assertThat(metrics)
                    .containsPattern("proxytune_traced_tokens_total\\{model=\"trio\"} [1-9]")
                    .containsPattern("proxytune_kv_cache_usage_ratio\\{model=\"trio\"} 0\\.0")
                    .containsPattern("proxytune_spec_decode_draft_tokens_total\\{model=\"trio\"} 0\\.0")
                    .containsPattern("proxytune_decode_steps_total\\{model=\"trio\"} [1-9]")
                    .contains("proxytune_requests_finished_total{model=\"trio\",reason=\"stop\"} 1.0")
                    .contains("proxytune_request_duration_seconds_count{model=\"trio\"} 1");
        }
    }

    @Test
    void endsBeforeStopStringsAndTellsNothingOfThem() throws Exception {
        JsonNode answer = server.ask(
                "/v1/completions",
                "{\"prompt\":\"one STOP two\",\"stop\":[\"STOP\"],\"logprobs\":2,\"temperature\":0,\"max_tokens\":50}");
        JsonNode choice = answer.at("/choices/0");
        assertThat(choice.get("text").asString()).isEqualTo("one ");
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(choice.at("/logprobs/tokens").size()).isEqualTo(4);
        assertThat(choice.at("/logprobs/text_offset").toString()).isEqualTo("[0,1,2,3]");
        assertThat(choice.at("/logprobs/top_logprobs/0").size()).isEqualTo(2);
        assertThat(choice.at("/logprobs/token_logprobs/0").asDouble()).isBetween(-0.1, 0.0);
    }

    @Test
    void tellsLogprobsOfChats() throws Exception {
        JsonNode content = server.ask("/v1/chat/completions", chat(",\"logprobs\":true,\"top_logprobs\":3"))
                .at("/choices/0/logprobs/content");
        assertThat(content.size()).isEqualTo(17);
        assertThat(content.at("/0/token").asString()).isEqualTo("H");
        assertThat(content.at("/0/bytes").toString()).isEqualTo("[72]");
        assertThat(content.at("/0/top_logprobs").size()).isEqualTo(3);
        assertThat(content.at("/0/top_logprobs/0/logprob")).isEqualTo(content.at("/0/logprob"));
    }

    @Test
    void streamsExactlyAsOpenAiDoes() throws Exception {
        HttpResponse<String> response = server.post(
                "/v1/chat/completions", chat(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        List<String> events = List.of(response.body().split("\n\n"));
        assertThat(response.body()).endsWith("}\n\ndata: [DONE]\n\n");
        assertThat(events).allMatch(event -> event.startsWith("data: ") && !event.contains("\n"));
        List<JsonNode> chunks = events.stream()
                .filter(event -> !event.equals("data: [DONE]"))
                .map(event -> TestServer.MAPPER.readTree(event.substring(6)))
                .toList();
        assertThat(chunks.getFirst().at("/choices/0/delta/role").asString()).isEqualTo("assistant");
        assertThat(chunks).allMatch(chunk -> chunk.get("object").asString().equals("chat.completion.chunk"));
        assertThat(chunks)
                .extracting(chunk -> chunk.get("id").asString())
                .containsOnly(chunks.getFirst().get("id").asString());
        var text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asString("")));
        assertThat(text).hasToString("Hello, Äße 😀");
        JsonNode last = chunks.get(chunks.size() - 2);
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chunks.getLast().get("choices").isEmpty()).isTrue();
        assertThat(chunks.getLast().at("/usage/completion_tokens").asInt()).isEqualTo(17);
    }

    @Test
    void streamsSeveralAnswersAtOnce() throws Exception {
        HttpResponse<String> response = server.post(
                "/v1/completions",
                "{\"prompt\":[\"first\",\"second\"],\"n\":2,\"stream\":true,\"temperature\":0,\"max_tokens\":99}");
        String[] texts = {"", "", "", ""};
        for (String event : List.of(response.body().split("\n\n"))) {
            if (!event.equals("data: [DONE]")) {
                JsonNode choice = TestServer.MAPPER.readTree(event.substring(6)).at("/choices/0");
                texts[choice.get("index").asInt()] += choice.get("text").asString();
            }
        }
        assertThat(texts).containsExactly("first", "first", "second", "second");
    }

    @Test
    void asksTheRolesOfATrioOneByOne() throws Exception {
        String body = "\"prompt\":\"yes\",\"temperature\":0,\"max_tokens\":20}";
        assertThat(server.ask("/v1/completions", "{\"model\":\"trio:base\"," + body)
                        .at("/choices/0/text")
                        .asString())
                .isEqualTo("yes");
        assertThat(server.ask("/v1/completions", "{\"model\":\"trio:expert\"," + body)
                        .at("/choices/0/text")
                        .asString())
                .isEqualTo("I say: yes");
        assertThat(server.ask("/v1/completions", "{\"model\":\"trio\",\"proxy\":{\"alpha\":0}," + body)
                        .at("/choices/0/text")
                        .asString())
                .isEqualTo("yes");
        assertThat(server.ask("/v1/completions", "{\"model\":\"trio\",\"proxy\":{\"alpha\":[3]}," + body)
                        .at("/choices/0/text")
                        .asString())
                .isEqualTo("I say: yes");
    }

    @Test
    void tracesWhatEachRoleSays() throws Exception {
        JsonNode trace = server.ask(
                        "/v1/completions",
                        "{\"model\":\"trio\",\"proxy\":{\"alpha\":3},\"proxy_trace\":{\"candidates\":2},\"prompt\":\"yes\","
                                + "\"temperature\":0}")
                .at("/choices/0/proxy_trace");
        assertThat(trace.size()).isEqualTo(10);
        assertThat(trace.at("/0/token").asString()).isEqualTo("I");
        assertThat(trace.at("/0/target_choice/token").asString()).isEqualTo("y");
        assertThat(trace.at("/0/delta").asDouble()).isGreaterThan(0.9);
        assertThat(trace.at("/0/pairs/0/expert_candidates").size()).isEqualTo(2);
        String metrics = server.get("/metrics").body();
        assertThat(metrics).contains("proxytune_changed_tokens_total{model=\"trio\"}", "proxytune_delta_sum");
        assertThat(metrics).contains("proxytune_alpha_max{model=\"trio\"} 3.0");
    }

    @Test
    void answersUnderLoadAsItDoesAlone() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String prompt = "number " + i + " of many, each with its own text";
                Callable<String> ask = () -> server.ask(
                                "/v1/completions",
                                "{\"prompt\":\"" + prompt + "\",\"temperature\":0,\"max_tokens\":99}")
                        .at("/choices/0/text")
                        .asString();
                answers.add(threads.submit(ask));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo("number " + i + " of many, each with its own text");
            }
        }
    }

    @Test
    void listsModelsAndMeasures() throws Exception {
        JsonNode list = TestServer.MAPPER.readTree(server.get("/v1/models").body());
        assertThat(list.get("data").findValuesAsString("id"))
                .containsExactly("echo", "trio", "trio:base", "trio:expert");
        assertThat(server.get("/v1/models/trio:base").body()).contains("\"id\":\"trio:base\"");
        assertThat(server.get("/v1/models/other").statusCode()).isEqualTo(404);
        server.ask("/v1/chat/completions", chat(""));
        assertThat(server.get("/metrics").body())
                .contains(
                        "proxytune_requests_running{model=\"echo\"}",
                        "proxytune_requests_queued{model=\"echo\"}",
                        "proxytune_prompt_tokens_total{model=\"echo\"}",
                        "proxytune_generated_tokens_total{model=\"echo\"}",
                        "proxytune_time_to_first_token_seconds_bucket{model=\"echo\",le=\"0.001\"}",
                        "proxytune_time_between_tokens_seconds_count{model=\"echo\"}",
                        "proxytune_queue_time_seconds_sum{model=\"echo\"}",
                        "proxytune_http_requests_total{path=\"/chat/completions\",status=\"200\"}");
        assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(server.get("/v1/health").statusCode()).isEqualTo(200);
        assertThat(server.get("/").headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    }

    @Test
    void turnsTextIntoTokensAndBack() throws Exception {
        JsonNode tokens = server.ask("/tokenize", "{\"content\":\"hä\"}");
        assertThat(tokens.get("tokens").toString()).isEqualTo("[104,195,164]");
        assertThat(tokens.get("count").asInt()).isEqualTo(3);
        assertThat(server.ask("/v1/tokenize", "{\"prompt\":\"h\",\"with_pieces\":true}")
                        .get("tokens")
                        .toString())
                .isEqualTo("[{\"id\":104,\"piece\":\"h\"}]");
        assertThat(server.ask("/detokenize", "{\"tokens\":[104,195,164]}")
                        .get("content")
                        .asString())
                .isEqualTo("hä");
    }
}
