package dev.proxytune.langchain4j;

import static dev.proxytune.langchain4j.Family.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.proxytune.DecoderOptions;
import dev.proxytune.SharedGenerator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProxyTuningStreamingChatModelTests {
    private static CountingModel model;
    private static SharedGenerator generator;
    private static ProxyTuningStreamingChatModel streaming;

    @BeforeAll
    static void load() {
        model = new CountingModel(Family.trio());
        generator = SharedGenerator.open(
                model, DecoderOptions.DEFAULT.withSequences(2).withContextLength(256));
        streaming = ProxyTuningStreamingChatModel.builder().generator(generator).build();
    }

    @AfterAll
    static void close() {
        streaming.close();
        generator.close();
        model.close();
    }

    /** Hears an answer, and does something with each piece. */
    private static final class Hearing implements StreamingChatResponseHandler {
        final List<String> pieces = new CopyOnWriteArrayList<>();
        final List<Throwable> failures = new CopyOnWriteArrayList<>();
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
            failures.add(error);
            response.completeExceptionally(error);
        }

        ChatResponse await() throws Exception {
            return response.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void givesTheAnswerOfTheOtherModelPieceByPiece() throws Exception {
        var hearing = new Hearing(_ -> {});
        streaming.chat(QUESTION, hearing);
        ChatResponse response = hearing.await();
        assertThat(hearing.pieces).hasSizeGreaterThan(3).doesNotContain("");
        assertThat(String.join("", hearing.pieces))
                .isEqualTo(response.aiMessage().text());
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(response.tokenUsage().totalTokenCount()).isPositive();
        try (var chat = ProxyTuningChatModel.builder().generator(generator).build()) {
            assertThat(chat.chat(QUESTION)).isEqualTo(response.aiMessage().text());
        }
    }

    @Test
    void whoCancelsHearsNothingMoreAndCostsNothingMore() throws Exception {
        var waiting = new CountDownLatch(1);
        model.gate().drainPermits();
        model.gate().release(3);
        var hearing = new Hearing(context -> {
            context.streamingHandle().cancel();
            assertThat(context.streamingHandle().isCancelled()).isTrue();
            waiting.countDown();
        });
        try {
            streaming.chat(QUESTION, hearing);
            assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();
            int before = model.decodes().get();
            model.gate().release(1_000_000);
            while (generator.running() > 0) {
                Thread.sleep(1);
            }
            assertThat(model.decodes().get() - before).isLessThanOrEqualTo(3);
        } finally {
            model.gate().release(1_000_000);
        }
        streaming.chat(QUESTION, new Hearing(_ -> {}));
        assertThat(hearing.pieces).hasSize(1);
        assertThat(hearing.response).isNotDone();
    }

    @Test
    void aHandlerThatTakesLongHoldsUpNobodyElse() throws Exception {
        var goOn = new CountDownLatch(1);
        var slow = new Hearing(_ -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        streaming.chat(QUESTION, slow);
        var quick = new Hearing(_ -> {});
        streaming.chat(QUESTION, quick);
        String text = quick.await().aiMessage().text();
        assertThat(slow.response).isNotDone();
        goOn.countDown();
        assertThat(slow.await().aiMessage().text()).isEqualTo(text);
    }

    @Test
    void aHandlerMayAskForMore() throws Exception {
        var second = new Hearing(_ -> {});
        var asked = new CompletableFuture<String>();
        streaming.chat(QUESTION, new StreamingChatResponseHandler() {
            @Override
            public void onCompleteResponse(ChatResponse complete) {
                try (var chat =
                        ProxyTuningChatModel.builder().generator(generator).build()) {
                    asked.complete(chat.chat(QUESTION));
                }
                streaming.chat(QUESTION, second);
            }

            @Override
            public void onError(Throwable error) {
                asked.completeExceptionally(error);
            }
        });
        assertThat(second.await().aiMessage().text()).isEqualTo(asked.get(20, TimeUnit.SECONDS));
    }

    @Test
    void failuresGoToTheHandlerAndTheListeners() throws Exception {
        var listening = new Listening();
        try (var heard = ProxyTuningStreamingChatModel.builder()
                .generator(generator)
                .listeners(List.of(listening))
                .defaultRequestParameters(
                        ChatRequestParameters.builder().maxOutputTokens(2).build())
                .build()) {
            var image = new Hearing(_ -> {});
            heard.chat(List.of(UserMessage.from(ImageContent.from("http://localhost/a.png"))), image);
            assertThat(image.response)
                    .failsWithin(20, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withCauseInstanceOf(UnsupportedFeatureException.class);
            var large = new Hearing(_ -> {});
            heard.chat("word ".repeat(300), large);
            assertThat(large.response)
                    .failsWithin(20, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withCauseInstanceOf(InvalidRequestException.class);
            var fine = new Hearing(_ -> {});
            heard.chat(QUESTION, fine);
            assertThat(fine.await().finishReason()).isEqualTo(FinishReason.LENGTH);
        }
        assertThat(listening.heard)
                .containsExactly(
                        "request 2",
                        "error UnsupportedFeatureException",
                        "request 2",
                        "error InvalidRequestException",
                        "request 2",
                        "response LENGTH");
    }

    @Test
    void aHandlerThatThrowsIsToldAndHearsTheRest() throws Exception {
        var hearing = new Hearing(_ -> {
            throw new IllegalStateException("no more");
        });
        streaming.chat(QUESTION, hearing);
        while (hearing.failures.size() < 2) {
            Thread.sleep(1);
        }
        assertThat(hearing.failures).allMatch(failure -> "no more".equals(failure.getMessage()));
    }
}
