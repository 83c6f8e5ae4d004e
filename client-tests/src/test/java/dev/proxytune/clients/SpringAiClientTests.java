package dev.proxytune.clients;

import static dev.proxytune.clients.RunningServer.ANSWER;
import static dev.proxytune.clients.RunningServer.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

/** Spring AI's module for OpenAI. */
class SpringAiClientTests {
    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = new RunningServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OpenAiChatOptions.Builder options() {
        return OpenAiChatOptions.builder()
                .baseUrl(server.address())
                .apiKey(RunningServer.KEY)
                .maxRetries(0)
                .model("family")
                .temperature(0.0);
    }

    private static OpenAiChatModel model(OpenAiChatOptions.Builder options) {
        return OpenAiChatModel.builder().options(options.build()).build();
    }

    private static String ask(OpenAiChatOptions.Builder options) {
        return model(options).call(QUESTION);
    }

    private static String text(ChatResponse response) {
        return response.getResult() == null || response.getResult().getOutput().getText() == null
                ? ""
                : response.getResult().getOutput().getText();
    }

    @Test
    void chats() {
        ChatResponse response = model(options()).call(new Prompt(QUESTION));
        assertThat(text(response)).contains(ANSWER);
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("stop");
        assertThat(response.getMetadata().getModel()).isEqualTo("family");
        assertThat(response.getMetadata().getUsage().getTotalTokens()).isPositive();
        assertThat(ask(options().model("family:base").maxTokens(20))).doesNotContain(ANSWER);
        assertThat(ask(options().maxTokens(20).extraBody(Map.of("proxy", Map.of("alpha", 0)))))
                .doesNotContain(ANSWER);
    }

    @Test
    void streams() {
        List<ChatResponse> pieces = model(options().streamUsage(true)).stream(new Prompt(QUESTION))
                .collectList()
                .block();
        assertThat(pieces.stream().map(SpringAiClientTests::text).reduce("", String::concat))
                .isEqualTo(ask(options()));
        assertThat(pieces.getLast().getMetadata().getUsage().getTotalTokens()).isPositive();
    }

    @Test
    void readsLogprobsAndGetsSeveralAnswers() {
        ChatResponse told = model(options().logprobs(true).topLogprobs(2)).call(new Prompt(QUESTION));
        assertThat(told.getResult().getOutput().getMetadata().toString()
                        + told.getResult().getMetadata())
                .isNotEmpty();
        ChatResponse several =
                model(options().n(3).temperature(2.0).seed(1).maxTokens(8)).call(new Prompt(QUESTION));
        assertThat(several.getResults()).hasSize(3);
    }

    @Test
    void stopsBeforeAStopText() {
        String whole = ask(options());
        String stop = whole.substring(5, 8);
        assertThat(ask(options().stop(List.of(stop)))).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    }

    @Test
    void holdsAnswersToASchema() {
        assertThat(ask(options()
                        .outputSchema("{\"type\":\"object\",\"properties\":{\"bright\":{\"type\":\"boolean\"}},"
                                + "\"required\":[\"bright\"],\"additionalProperties\":false}")))
                .matches("\\{\\s*\"bright\"\\s*:\\s*(true|false)\\s*}");
    }

    @Test
    void knowsTheErrors() {
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() -> ask(options().model("nobody")))
                .withMessageContaining("nobody");
        assertThatExceptionOfType(BadRequestException.class)
                .isThrownBy(() -> ask(options().temperature(-1.0)))
                .withMessageContaining("temperature");
        assertThatExceptionOfType(UnauthorizedException.class)
                .isThrownBy(() -> ask(options().apiKey("wrong")));
    }

    @Test
    void leavesInMidStream() throws Exception {
        server.let(8);
        assertThat(model(options().model("gated")).stream(new Prompt(QUESTION))
                        .filter(piece -> !text(piece).isEmpty())
                        .blockFirst())
                .isNotNull();
        server.expectTheAnswerToEnd();
    }
}
