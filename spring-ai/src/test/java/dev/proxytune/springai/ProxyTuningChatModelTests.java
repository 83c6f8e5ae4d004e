package dev.proxytune.springai;

import static dev.proxytune.springai.Family.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.proxytune.CapacityException;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.SharedGenerator;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

class ProxyTuningChatModelTests {
    private static LanguageModel model;
    private static SharedGenerator generator;
    private static ProxyTuningChatModel chat;

    @BeforeAll
    static void load() {
        model = Family.trio();
        generator = SharedGenerator.open(
                model, DecoderOptions.DEFAULT.withSequences(4).withContextLength(256));
        chat = builder().build();
    }

    @AfterAll
    static void close() {
        chat.close();
        generator.close();
        model.close();
    }

    private static ProxyTuningChatModel.Builder builder() {
        return ProxyTuningChatModel.builder().generator(generator);
    }

    private static ProxyTuningChatOptions.Builder own() {
        return ProxyTuningChatOptions.builder();
    }

    private static String text(ChatOptions options) {
        return text(chat.call(new Prompt(QUESTION, options)));
    }

    private static String text(ChatResponse response) {
        return Objects.requireNonNull(result(response).getOutput().getText());
    }

    private static Generation result(ChatResponse response) {
        return Objects.requireNonNull(response.getResult());
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
        ChatResponse response = chat.call(new Prompt(QUESTION));
        assertThat(text(response)).isEqualTo(expected.text()).isNotBlank();
        assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("STOP");
        assertThat(response.getMetadata().getModel()).isEqualTo("proxytune");
        assertThat(response.getMetadata().getId()).isNotBlank();
        assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(expected.promptTokens());
        assertThat(response.getMetadata().getUsage().getCompletionTokens())
                .isEqualTo(expected.tokens().size());
    }

    @Test
    void readsTheWholeConversation() {
        assertThat(text(chat.call(new Prompt(
                        new SystemMessage("Be brief."),
                        new UserMessage("Hello"),
                        new AssistantMessage("Hi."),
                        new UserMessage(QUESTION)))))
                .isEqualTo(
                        expected("Be brief.\nHello\nHi.\n" + QUESTION + "\n", 1).text());
    }

    @Test
    void streamsTheSameAnswerAndEndsWithNumbers() {
        List<ChatResponse> pieces = Objects.requireNonNull(
                chat.stream(new Prompt(QUESTION)).collectList().block());
        assertThat(pieces).hasSizeGreaterThan(4);
        assertThat(pieces.stream().map(ProxyTuningChatModelTests::text).reduce("", String::concat))
                .isEqualTo(expected(QUESTION + "\n", 1).text());
        ChatResponse last = pieces.getLast();
        assertThat(result(last).getMetadata().getFinishReason()).isEqualTo("STOP");
        assertThat(last.getMetadata().getUsage().getTotalTokens()).isPositive();
        assertThat(pieces)
                .extracting(piece -> piece.getMetadata().getId())
                .containsOnly(last.getMetadata().getId());
    }

    @Test
    void whoCancelsAStreamEndsTheAnswer() throws InterruptedException {
        var cancelled = new CountDownLatch(1);
        var farthest = new AtomicInteger();
        try (var slow = builder()
                .steering((_, position) -> {
                    farthest.accumulateAndGet(position, Math::max);
                    if (position == 6) {
                        await(cancelled);
                    }
                    return 0;
                })
                .build()) {
            assertThat(slow.stream(new Prompt(QUESTION)).take(1).collectList().block())
                    .hasSize(1);
            cancelled.countDown();
            while (generator.running() > 0) {
                Thread.sleep(1);
            }
        }
        assertThat(farthest).hasValueLessThanOrEqualTo(7);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void mergesTheModelsOptionsWithThoseOfThePrompt() {
        String steered = expected(QUESTION + "\n", 1).text();
        String base = expected(QUESTION + "\n", 0).text();
        assertThat(text(own().alpha(0.0).build())).isEqualTo(base).isNotEqualTo(steered);
        try (var unsteered =
                builder().options(own().alpha(0.0).maxTokens(9).build()).build()) {
            String cut = text(unsteered.call(new Prompt(QUESTION)));
            assertThat(base).startsWith(cut).isNotEqualTo(cut);
            assertThat(text(unsteered.call(new Prompt(
                            QUESTION, ChatOptions.builder().maxTokens(3).build()))))
                    .isNotEmpty()
                    .isLessThan(cut);
            assertThat(ChatClient.create(unsteered)
                            .prompt(QUESTION)
                            .options(own().alpha(1.0).maxTokens(200))
                            .call()
                            .content())
                    .isEqualTo(steered);
        }
    }

    @Test
    void mapsTheOptionsOfAllModels() {
        String greedy = text(own().build());
        ChatResponse cut = chat.call(new Prompt(QUESTION, own().maxTokens(3).build()));
        assertThat(result(cut).getMetadata().getFinishReason()).isEqualTo("LENGTH");
        assertThat(cut.getMetadata().getUsage().getCompletionTokens()).isEqualTo(3);
        String stop = greedy.substring(5, 8);
        assertThat(text(own().stopSequences(List.of(stop)).build()))
                .isEqualTo(greedy.substring(0, greedy.indexOf(stop)));
        assertThat(text(own().temperature(50.0).topK(1).build())).isEqualTo(greedy);
        assertThat(text(own().temperature(50.0).topP(0.0).build())).isEqualTo(greedy);
        assertThat(text(own().temperature(50.0).minP(1.0).build())).isEqualTo(greedy);
        assertThat(text(own().frequencyPenalty(-20.0).maxTokens(20).build())).isNotEqualTo(greedy);
        assertThat(text(own().presencePenalty(20.0).maxTokens(20).build())).isNotEqualTo(greedy);
        var warm = own().temperature(5.0).seed(7L).maxTokens(20);
        assertThat(text(warm.build()))
                .isEqualTo(text(warm.build()))
                .isNotEqualTo(text(warm.seed(8L).build()))
                .isNotEqualTo(text(warm.seed(null).build()));
    }

    @Test
    void holdsAnswersToASchema() {
        String schema =
                "{\"type\":\"object\",\"properties\":{\"bright\":{\"type\":\"boolean\"}},\"required\":[\"bright\"]}";
        String pattern = "\\{\\s*\"bright\"\\s*:\\s*(true|false)\\s*}";
        assertThat(text(own().outputSchema(schema).build())).matches(pattern);
        assertThat(text(StructuredOutputChatOptions.builder()
                        .outputSchema(schema)
                        .build()))
                .matches(pattern);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text(own().outputSchema("{").build()))
                .withMessageContaining("not JSON");
    }

    static final class Weather {

        @Tool
        String weather(String city) {
            return "sunny in " + city;
        }
    }

    static Stream<Prompt> unsupported() {
        var image = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[1]));
        return Stream.of(
                new Prompt(
                        QUESTION,
                        own().toolCallbacks(ToolCallbacks.from(new Weather())).build()),
                new Prompt(UserMessage.builder().text("this").media(image).build()),
                new Prompt(ToolResponseMessage.builder()
                        .responses(List.of(new ToolResponseMessage.ToolResponse("1", "weather", "sunny")))
                        .build()),
                new Prompt(AssistantMessage.builder()
                        .toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "weather", "{}")))
                        .build()));
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void refusesWhatItCannotDo(Prompt prompt) {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> chat.call(prompt))
                .withMessageContaining("not supported");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> chat.stream(prompt).blockLast());
    }

    @Test
    void refusesTheToolsOfAClient() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> ChatClient.create(chat)
                        .prompt(QUESTION)
                        .tools(new Weather())
                        .call()
                        .content())
                .withMessageContaining("Tools are not supported");
    }

    static Stream<ChatOptions> wrong() {
        return Stream.of(
                own().temperature(-1.0).build(),
                own().topP(1.5).build(),
                own().topK(-1).build(),
                own().maxTokens(-1).build(),
                own().alpha(Double.NaN).build(),
                own().minP(2.0).build(),
                own().stopSequences(List.of("")).build(),
                own().model("other").build());
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void refusesValuesOutOfRange(ChatOptions options) {
        assertThatIllegalArgumentException().isThrownBy(() -> text(options));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> chat.stream(new Prompt(QUESTION, options)).blockLast());
    }

    @Test
    void refusesPromptsWithoutRoom() {
        var prompt = new Prompt("word ".repeat(300));
        assertThatExceptionOfType(CapacityException.class).isThrownBy(() -> chat.call(prompt));
        assertThatExceptionOfType(CapacityException.class)
                .isThrownBy(() -> chat.stream(prompt).blockLast());
    }

    @Test
    void isObservedAsOtherModelsAre() {
        var registry = TestObservationRegistry.create();
        try (var observed = builder().observationRegistry(registry).build()) {
            observed.call(new Prompt(QUESTION, own().maxTokens(2).build()));
        }
        TestObservationRegistryAssert.assertThat(registry)
                .hasSingleObservationThat()
                .hasNameEqualTo("gen_ai.client.operation")
                .hasContextualNameEqualTo("chat proxytune")
                .hasLowCardinalityKeyValue("gen_ai.system", "proxytune")
                .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "2")
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"LENGTH\"]")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "2")
                .doesNotHaveError()
                .hasBeenStopped();
    }

    /** Try for a while what holds soon: an observation ends after its stream, in the thread that streams. */
    private static void soon(Runnable assertion) throws InterruptedException {
        for (int tries = 1; tries < 1000; tries++) {
            try {
                assertion.run();
                return;
            } catch (AssertionError e) {
                Thread.sleep(10);
            }
        }
        assertion.run();
    }

    @Test
    void streamsAreObservedWithinWhatAsksForThem() throws InterruptedException {
        var registry = TestObservationRegistry.create();
        try (var observed = builder().observationRegistry(registry).build()) {
            Observation outer = Observation.start("outer", registry);
            observed.stream(new Prompt(QUESTION, own().maxTokens(2).build()))
                    .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, outer))
                    .blockLast();
            outer.stop();
            soon(() -> TestObservationRegistryAssert.assertThat(registry)
                    .hasObservationWithNameEqualTo("gen_ai.client.operation")
                    .that()
                    .hasParentObservationEqualTo(outer)
                    .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "2")
                    .hasBeenStopped());

            registry.clear();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> observed.stream(
                                    new Prompt(QUESTION, own().topP(2.0).build()))
                            .blockLast());
            soon(() -> TestObservationRegistryAssert.assertThat(registry)
                    .hasSingleObservationThat()
                    .hasError()
                    .hasBeenStopped());
        }
    }

    @Test
    void answersManyThreadsAtOnce() throws Exception {
        List<String> questions = List.of(
                QUESTION,
                "What is the French name of Austria?",
                "What is Austria called in Turkish?",
                "What is the German name of Japan?",
                "What is the Spanish name of Norway?");
        List<String> alone = new ArrayList<>();
        questions.forEach(question -> alone.add(expected(question + "\n", 1).text()));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (String question : questions) {
                answers.add(threads.submit((Callable<String>) () -> chat.call(question)));
            }
            for (int i = 0; i < alone.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void closesWhatItOpenedAndNothingElse() {
        try (var expert = Family.load("expert.gguf")) {
            var own = ProxyTuningChatModel.builder()
                    .model(expert)
                    .modelName("expert")
                    .sequences(1)
                    .contextLength(64)
                    .build();
            assertThat(own.call(QUESTION)).isNotBlank();
            own.close();
            own.close();
            assertThatIllegalStateException().isThrownBy(() -> own.call(QUESTION));
        }
        builder().build().close();
        assertThat(text(own().maxTokens(1).build())).isNotEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> ProxyTuningChatModel.builder().build());
    }
}
