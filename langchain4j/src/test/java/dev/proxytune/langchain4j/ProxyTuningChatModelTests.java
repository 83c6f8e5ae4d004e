package dev.proxytune.langchain4j;

import static dev.proxytune.langchain4j.Family.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.PromptText;
import dev.proxytune.SharedGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyTuningChatModelTests {
    private static CountingModel model;
    private static SharedGenerator generator;

    @BeforeAll
    static void load() {
        model = new CountingModel(Family.trio());
        generator = SharedGenerator.open(
                model, DecoderOptions.DEFAULT.withSequences(4).withContextLength(256));
    }

    @AfterAll
    static void close() {
        generator.close();
        model.close();
    }

    private static ProxyTuningChatModel.Builder builder() {
        return ProxyTuningChatModel.builder().generator(generator);
    }

    private static ChatResponse ask(ChatRequestParameters parameters, ChatMessage... messages) {
        try (var chat = builder().build()) {
            return chat.chat(ChatRequest.builder()
                    .messages(messages.length == 0 ? List.of(UserMessage.from(QUESTION)) : List.of(messages))
                    .parameters(parameters)
                    .build());
        }
    }

    private static String text(ProxyTuningChatRequestParameters.Builder parameters) {
        return ask(parameters.build()).aiMessage().text();
    }

    private static ProxyTuningChatRequestParameters.Builder own() {
        return ProxyTuningChatRequestParameters.builder();
    }

    private static Completion expected(String text, float alpha) {
        try (var alone = Generator.open(model, DecoderOptions.DEFAULT.withContextLength(256))) {
            return alone.generate(
                    GenerationRequest.of(model.tokenize(PromptText.of(text))).withAlpha(alpha));
        }
    }

    @Test
    void answersAsTheGeneratorDoesAndCountsTokens() {
        Completion expected = expected(QUESTION + "\n", 1);
        try (var chat = builder().modelName("family").build()) {
            ChatResponse response = chat.chat(UserMessage.from(QUESTION));
            assertThat(response.aiMessage().text()).isEqualTo(expected.text()).isNotBlank();
            assertThat(response.modelName()).isEqualTo("family");
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(expected.promptTokens());
            assertThat(response.tokenUsage().outputTokenCount())
                    .isEqualTo(expected.tokens().size());
            assertThat(response.id()).isNotBlank();
            assertThat(chat.chat(QUESTION)).isEqualTo(expected.text());
        }
    }

    @Test
    void readsTheWholeConversation() {
        String text = expected("Be brief.\nHello\nHi.\n" + QUESTION + "\n", 1).text();
        assertThat(ask(
                                own().build(),
                                SystemMessage.from("Be brief."),
                                UserMessage.from("Hello"),
                                AiMessage.from("Hi."),
                                UserMessage.from(
                                        TextContent.from("What is the Turkish "),
                                        TextContent.from("name of Serbian Dinar?")))
                        .aiMessage()
                        .text())
                .isEqualTo(text);
    }

    @Test
    void weighsTheExpertsAsTheModelOrTheRequestSays() {
        String steered = expected(QUESTION + "\n", 1).text();
        String base = expected(QUESTION + "\n", 0).text();
        assertThat(base).isNotEqualTo(steered);
        assertThat(text(own().alpha(0))).isEqualTo(base);
        try (var chat = builder().alpha(0).build()) {
            assertThat(chat.chat(QUESTION)).isEqualTo(base);
        }
        try (var chat =
                builder().defaultRequestParameters(own().alpha(0).build()).build()) {
            assertThat(chat.chat(QUESTION)).isEqualTo(base);
            assertThat(chat.chat(ChatRequest.builder()
                                    .messages(UserMessage.from(QUESTION))
                                    .parameters(own().alpha(1).build())
                                    .build())
                            .aiMessage()
                            .text())
                    .isEqualTo(steered);
        }
    }

    @Test
    void mapsTheParametersOfAllModels() {
        String greedy = text(own());
        ChatResponse cut =
                ask(ChatRequestParameters.builder().maxOutputTokens(3).build());
        assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(cut.tokenUsage().outputTokenCount()).isEqualTo(3);
        assertThat(greedy).startsWith(cut.aiMessage().text());

        String stop = greedy.substring(5, 8);
        assertThat(text(own().stopSequences(List.of(stop)))).isEqualTo(greedy.substring(0, greedy.indexOf(stop)));

        assertThat(text(own().temperature(50.0).topK(1))).isEqualTo(greedy);
        assertThat(text(own().temperature(50.0).topP(0.0))).isEqualTo(greedy);
        assertThat(text(own().temperature(50.0).minP(1))).isEqualTo(greedy);
        assertThat(text(own().frequencyPenalty(-20.0).maxOutputTokens(20))).isNotEqualTo(greedy);
        assertThat(text(own().presencePenalty(20.0).maxOutputTokens(20))).isNotEqualTo(greedy);
    }

    @Test
    void drawsTheSameWithTheSameSeedOnly() {
        String first = text(own().temperature(5.0).seed(7).maxOutputTokens(20));
        assertThat(text(own().temperature(5.0).seed(7).maxOutputTokens(20))).isEqualTo(first);
        assertThat(text(own().temperature(5.0).seed(8).maxOutputTokens(20))).isNotEqualTo(first);
        assertThat(text(own().temperature(5.0).maxOutputTokens(20))).isNotEqualTo(first);
    }

    @Test
    void holdsAnswersToASchema() {
        var schema = JsonObjectSchema.builder()
                .addEnumProperty("color", List.of("red", "blue"))
                .addBooleanProperty("bright")
                .required("color", "bright")
                .build();
        assertThat(text(own().responseFormat(JsonSchema.builder()
                        .name("s")
                        .rootElement(schema)
                        .build())))
                .matches("\\{\\s*\"color\"\\s*:\\s*\"(red|blue)\"\\s*,\\s*\"bright\"\\s*:\\s*(true|false)\\s*}");
        assertThat(text(own().responseFormat(ResponseFormat.JSON).maxOutputTokens(5)))
                .startsWith("{");
    }

    static Stream<ChatRequest> unsupported() {
        var tool = ToolSpecification.builder().name("weather").build();
        var call = ToolExecutionRequest.builder()
                .id("1")
                .name("weather")
                .arguments("{}")
                .build();
        var asked = UserMessage.from(QUESTION);
        return Stream.of(
                ChatRequest.builder().messages(asked).toolSpecifications(tool).build(),
                ChatRequest.builder()
                        .messages(asked)
                        .parameters(ChatRequestParameters.builder()
                                .toolChoice(ToolChoice.REQUIRED)
                                .build())
                        .build(),
                ChatRequest.builder()
                        .messages(
                                UserMessage.from(TextContent.from("this"), ImageContent.from("http://localhost/a.png")))
                        .build(),
                ChatRequest.builder().messages(asked, AiMessage.from(call)).build(),
                ChatRequest.builder()
                        .messages(asked, ToolExecutionResultMessage.from(call, "sunny"))
                        .build());
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void refusesWhatItCannotDo(ChatRequest request) {
        try (var chat = builder().build()) {
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> chat.chat(request))
                    .withMessageContaining("not supported");
        }
    }

    static Stream<ProxyTuningChatRequestParameters.Builder> wrong() {
        return Stream.of(
                own().temperature(-1.0),
                own().topP(1.5),
                own().topK(-1),
                own().maxOutputTokens(-1),
                own().alpha(Double.NaN),
                own().minP(2),
                own().stopSequences(List.of("")),
                own().frequencyPenalty(Double.POSITIVE_INFINITY));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void refusesValuesOutOfRange(ProxyTuningChatRequestParameters.Builder parameters) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ask(parameters.build()))
                .withMessageNotContaining("null");
    }

    @Test
    void refusesPromptsWithoutRoomAndOtherModels() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ask(own().build(), UserMessage.from("word ".repeat(300))))
                .withMessageContaining("context");
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> ask(own().modelName("other").build()))
                .withMessageContaining("other");
        assertThat(ask(own().modelName("proxytune").maxOutputTokens(1).build())).isNotNull();
    }

    @Test
    void tellsListenersOfRequestsResponsesAndFailures() {
        var listening = new Listening();
        try (var chat = builder()
                .listeners(List.of(listening))
                .defaultRequestParameters(
                        ChatRequestParameters.builder().maxOutputTokens(2).build())
                .build()) {
            chat.chat(QUESTION);
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> chat.chat(UserMessage.from(ImageContent.from("http://localhost/a.png"))));
        }
        assertThat(listening.heard)
                .containsExactly("request 2", "response LENGTH", "request 2", "error UnsupportedFeatureException");
    }

    @Test
    void answersManyThreadsInOneBatch() throws Exception {
        List<String> questions = List.of(
                "What is the Turkish name of Serbian Dinar?",
                "What is the French name of Austria?",
                "What is Austria called in Turkish?",
                "What is the German name of Japan?");
        List<String> alone = new ArrayList<>();
        int before = model.decodes().get();
        for (String question : questions) {
            alone.add(expected(question + "\n", 1).text());
        }
        int one = model.decodes().get() - before;
        model.gate().drainPermits();
        try (var chat = builder().build();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (String question : questions) {
                answers.add(threads.submit((Callable<String>) () -> chat.chat(question)));
            }
            while (generator.running() + generator.queued() < questions.size()) {
                Thread.sleep(1);
            }
            before = model.decodes().get();
            model.most().set(0);
            model.gate().release(1_000_000);
            for (int i = 0; i < questions.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(alone.get(i));
            }
        } finally {
            model.gate().release(1_000_000);
        }
        assertThat(model.most()).hasValueGreaterThan(2);
        assertThat(model.decodes().get() - before).isLessThan(one);
    }

    @Test
    void answersLaterAndStopsWhenNobodyWantsTheAnswer() throws Exception {
        try (var chat = builder().build()) {
            assertThat(chat.chatAsync(QUESTION).get(20, TimeUnit.SECONDS))
                    .isEqualTo(expected(QUESTION + "\n", 1).text());
            assertThat(chat.chatAsync(UserMessage.from("word ".repeat(300))))
                    .failsWithin(20, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withCauseInstanceOf(InvalidRequestException.class);
            assertThat(chat.chatAsync(UserMessage.from(ImageContent.from("http://localhost/a.png"))))
                    .failsWithin(20, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withCauseInstanceOf(UnsupportedFeatureException.class);

            model.gate().drainPermits();
            var answer = chat.chatAsync(UserMessage.from(QUESTION));
            while (generator.running() == 0) {
                Thread.sleep(1);
            }
            int before = model.decodes().get();
            answer.cancel(true);
            model.gate().release(1_000_000);
            while (generator.running() > 0) {
                Thread.sleep(1);
            }
            assertThat(model.decodes().get() - before).isLessThanOrEqualTo(1);
        } finally {
            model.gate().release(1_000_000);
        }
    }

    @Test
    void closesWhatItOpenedAndNothingElse() {
        try (var own = Family.load("expert.gguf")) {
            var chat = ProxyTuningChatModel.builder()
                    .model(own)
                    .sequences(1)
                    .contextLength(64)
                    .build();
            assertThat(chat.chat(QUESTION)).isNotBlank();
            chat.close();
            chat.close();
            assertThatIllegalStateException().isThrownBy(() -> chat.chat(QUESTION));
            assertThat(own.vocabulary().size()).isPositive();
        }
        builder().build().close();
        assertThat(text(own().maxOutputTokens(1))).isNotEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> ProxyTuningChatModel.builder().build());
    }

    @Test
    void anInterruptedThreadStopsWaiting() throws Exception {
        var ended = new CountDownLatch(1);
        model.gate().drainPermits();
        try (var chat = builder().build()) {
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    chat.chat(QUESTION);
                } catch (RuntimeException e) {
                    ended.countDown();
                }
            });
            while (generator.running() == 0) {
                Thread.sleep(1);
            }
            asking.interrupt();
            assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            model.gate().release(1_000_000);
        }
    }
}
