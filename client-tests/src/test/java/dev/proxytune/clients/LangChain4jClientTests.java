package dev.proxytune.clients;

import static dev.proxytune.clients.RunningServer.ANSWER;
import static dev.proxytune.clients.RunningServer.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** LangChain4j's module for OpenAI. */
class LangChain4jClientTests {
    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = new RunningServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OpenAiChatModel.OpenAiChatModelBuilder builder() {
        return OpenAiChatModel.builder()
                .baseUrl(server.address())
                .apiKey(RunningServer.KEY)
                .modelName("family")
                .temperature(0.0)
                .maxRetries(0);
    }

    private static OpenAiStreamingChatModel streaming(String model) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(server.address())
                .apiKey(RunningServer.KEY)
                .modelName(model)
                .temperature(0.0)
                .build();
    }

    private static String ask(OpenAiChatModel.OpenAiChatModelBuilder builder) {
        return builder.build().chat(QUESTION);
    }

    /** Hears a stream. */
    private static final class Hearing implements StreamingChatResponseHandler {
        final List<String> pieces = new CopyOnWriteArrayList<>();
        final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        private final Consumer<PartialResponseContext> each;

        Hearing(Consumer<PartialResponseContext> each) {
            this.each = each;
        }

        @Override
        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            pieces.add(piece.text());
            each.accept(context);
        }

        @Override
        public void onCompleteResponse(ChatResponse complete) {
            response.complete(complete);
        }

        @Override
        public void onError(Throwable error) {
            response.completeExceptionally(error);
        }
    }

    @Test
    void chats() {
        ChatResponse response = builder().build().chat(UserMessage.from(QUESTION));
        assertThat(response.aiMessage().text()).contains(ANSWER);
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.modelName()).isEqualTo("family");
        assertThat(response.tokenUsage().totalTokenCount()).isPositive();
        assertThat(ask(builder().modelName("family:base").maxTokens(20))).doesNotContain(ANSWER);
        assertThat(ask(builder().maxTokens(20).customParameters(Map.of("proxy", Map.of("alpha", 0)))))
                .doesNotContain(ANSWER);
    }

    @Test
    void streams() throws Exception {
        var hearing = new Hearing(_ -> {});
        streaming("family").chat(QUESTION, hearing);
        ChatResponse response = hearing.response.get(20, TimeUnit.SECONDS);
        assertThat(String.join("", hearing.pieces))
                .isEqualTo(response.aiMessage().text())
                .contains(ANSWER);
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.tokenUsage().outputTokenCount()).isPositive();
    }

    @Test
    void stopsBeforeAStopTextAndAtTheMostTokens() {
        String whole = ask(builder());
        String stop = whole.substring(5, 8);
        assertThat(ask(builder().stop(List.of(stop)))).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(builder()
                        .maxTokens(3)
                        .build()
                        .chat(UserMessage.from(QUESTION))
                        .finishReason())
                .isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void holdsAnswersToJson() {
        assertThat(ask(builder().responseFormat("json_object").maxTokens(5))).startsWith("{");
    }

    @Test
    void knowsTheErrors() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> ask(builder().modelName("nobody")))
                .withMessageContaining("nobody");
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ask(builder().temperature(-1.0)))
                .withMessageContaining("temperature");
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> ask(builder().apiKey("wrong")));
        var hearing = new Hearing(_ -> {});
        streaming("nobody").chat(QUESTION, hearing);
        assertThat(hearing.response)
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void leavesInMidStream() throws Exception {
        server.let(8);
        var heard = new CompletableFuture<Boolean>();
        streaming("gated").chat(QUESTION, new Hearing(context -> {
            context.streamingHandle().cancel();
            heard.complete(true);
        }));
        assertThat(heard.get(20, TimeUnit.SECONDS)).isTrue();
        server.expectTheAnswerToEnd();
    }
}
