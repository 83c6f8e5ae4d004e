package dev.proxytune.clients;

import static dev.proxytune.clients.RunningServer.ANSWER;
import static dev.proxytune.clients.RunningServer.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java. */
class OpenAiClientTests {
    private static RunningServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        server = new RunningServer();
        client = client(RunningServer.KEY);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server.address())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder request() {
        return ChatCompletionCreateParams.builder()
                .model("family")
                .addUserMessage(QUESTION)
                .temperature(0);
    }

    private static ChatCompletion ask(ChatCompletionCreateParams.Builder request) {
        return client.chat().completions().create(request.build());
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().getFirst().message().content().orElseThrow();
    }

    @Test
    void chats() {
        ChatCompletion answer = ask(request());
        assertThat(text(answer)).contains(ANSWER);
        assertThat(answer.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(answer.model()).isEqualTo("family");
        assertThat(answer.usage().orElseThrow().totalTokens()).isPositive();
        assertThat(text(ask(request().model("family:base").maxCompletionTokens(20))))
                .doesNotContain(ANSWER);
        assertThat(text(ask(request()
                        .maxCompletionTokens(20)
                        .putAdditionalBodyProperty("proxy", JsonValue.from(Map.of("alpha", 0))))))
                .doesNotContain(ANSWER);
    }

    @Test
    void streams() {
        var text = new StringBuilder();
        long tokens = 0;
        try (var stream = client.chat()
                .completions()
                .createStreaming(request()
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
                tokens += chunk.usage().map(usage -> usage.completionTokens()).orElse(0L);
            }
        }
        ChatCompletion whole = ask(request());
        assertThat(text).hasToString(text(whole));
        assertThat(tokens).isEqualTo(whole.usage().orElseThrow().completionTokens());
    }

    @Test
    void readsLogprobs() {
        var choice = ask(request().logprobs(true).topLogprobs(2)).choices().getFirst();
        var tokens = choice.logprobs().orElseThrow().content().orElseThrow();
        var text = new StringBuilder();
        tokens.forEach(token -> {
            text.append(token.token());
            assertThat(token.logprob()).isLessThanOrEqualTo(0);
            assertThat(token.topLogprobs()).hasSize(2);
        });
        assertThat(text).hasToString(choice.message().content().orElseThrow());
    }

    @Test
    void stopsBeforeAStopText() {
        String whole = text(ask(request()));
        String stop = whole.substring(5, 8);
        assertThat(text(ask(request().stop(stop)))).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(text(ask(request().stopOfStrings(List.of("never", stop)))))
                .isEqualTo(whole.substring(0, whole.indexOf(stop)));
    }

    @Test
    void getsSeveralAnswers() {
        ChatCompletion answers = ask(request()
                .n(3)
                .temperature(2)
                .maxCompletionTokens(8)
                .putAdditionalBodyProperty("seed", JsonValue.from(1)));
        assertThat(answers.choices()).extracting(ChatCompletion.Choice::index).containsExactly(0L, 1L, 2L);
        assertThat(answers.choices().stream()
                        .map(choice -> choice.message().content().orElseThrow())
                        .distinct()
                        .count())
                .isGreaterThan(1);
    }

    @Test
    void completesTexts() {
        var answer = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("family")
                        .prompt(QUESTION + "\n")
                        .temperature(0)
                        .maxTokens(50)
                        .build());
        assertThat(answer.choices().getFirst().text()).contains(ANSWER);
    }

    @Test
    void listsModels() {
        assertThat(client.models().list().items())
                .extracting(Model::id)
                .containsExactly("family", "family:base", "family:expert", "gated", "gated:base");
        assertThat(client.models().retrieve("family:base").id()).isEqualTo("family:base");
    }

    @Test
    void knowsTheErrors() {
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() -> ask(request().model("nobody")))
                .satisfies(e -> assertThat(e.code()).hasValue("model_not_found"));
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> ask(request().temperature(-1)))
                .satisfies(e -> {
                    assertThat(e.param()).hasValue("temperature");
                    assertThat(e.type()).hasValue("invalid_request_error");
                });
        OpenAIClient stranger = client("wrong");
        assertThatExceptionOfType(UnauthorizedException.class)
                .isThrownBy(() -> stranger.chat().completions().create(request().build()));
        stranger.close();
    }

    @Test
    void leavesInMidStream() throws Exception {
        server.let(8);
        try (var stream = client.chat()
                .completions()
                .createStreaming(request().model("gated").build())) {
            assertThat(stream.stream()
                            .filter(chunk -> chunk.choices()
                                            .getFirst()
                                            .delta()
                                            .content()
                                            .orElse("")
                                            .length()
                                    > 0)
                            .findFirst())
                    .isPresent();
        }
        server.expectTheAnswerToEnd();
    }
}
