package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedGeneratorTests {
    private static final int SIZE = 40;

    private static GenerationRequest request(int... tokens) {
        return GenerationRequest.of(Prompt.of(tokens)).withMaxTokens(30);
    }

    private static SharedGenerator open(LanguageModel model, int sequences) {
        return SharedGenerator.open(model, DecoderOptions.DEFAULT.withSequences(sequences));
    }

    @Test
    void givesManyThreadsTheAnswersThatEachRequestGetsAlone() throws Exception {
        var model = new FakeModel(1, SIZE);
        List<List<GeneratedToken>> alone = new ArrayList<>();
        try (var generator = Generator.open(model)) {
            for (int i = 0; i < 20; i++) {
                alone.add(generator.generate(request(i, 3)).tokens());
            }
        }
        try (var generator = open(model, 4);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Completion>> answers = new ArrayList<>();
            for (int i = 0; i < alone.size(); i++) {
                int first = i;
                answers.add(threads.submit((Callable<Completion>) () -> generator.generate(request(first, 3))));
            }
            for (int i = 0; i < alone.size(); i++) {
                assertThat(answers.get(i).get().tokens()).isEqualTo(alone.get(i));
            }
            assertThat(model.decoders).hasSize(2);
        }
    }

    @Test
    void whoAsksForWhatDoesNotFitIsTold() {
        try (var generator = open(new FakeModel(1, SIZE).withContext(4), 1)) {
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> generator.generate(request(1, 2, 3, 4, 5)));
            assertThat(generator.generate(request(1)).tokens()).isNotEmpty();
        }
    }

    @Test
    void anInterruptEndsTheAnswer() throws Exception {
        var going = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var generator = open(new FakeModel(1, SIZE), 1)) {
            var _ = generator.submit(request(1), new Cancellation(), _ -> hold(going, goOn));
            var failure = new CompletableFuture<Throwable>();
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    generator.generate(request(2));
                    failure.complete(new AssertionError("an answer"));
                } catch (RuntimeException e) {
                    failure.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError(e));
                }
            });
            going.await();
            asking.interrupt();
            assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
            goOn.countDown();
        }
    }

    @Test
    void aListenerCanNeitherWaitForAnswersNorClose() throws Exception {
        try (var generator = open(new FakeModel(1, SIZE), 1)) {
            List<Throwable> refused = new ArrayList<>();
            generator
                    .submit(request(1), new Cancellation(), event -> {
                        if (event instanceof GenerationEvent.Finished) {
                            refused.add(refusal(() -> generator.generate(request(1))));
                            refused.add(refusal(generator::close));
                        }
                    })
                    .get(20, TimeUnit.SECONDS);
            assertThat(refused).hasSize(2).allMatch(IllegalStateException.class::isInstance);
            assertThat(generator.generate(request(1)).tokens()).isNotEmpty();
        }
    }

    @Test
    void closingFailsWhatWaitsAndRefusesMore() throws Exception {
        var going = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var generator = open(new FakeModel(1, SIZE), 1);
        CompletableFuture<Completion> running =
                generator.submit(request(1), new Cancellation(), _ -> hold(going, goOn));
        CompletableFuture<Completion> waiting = generator.submit(request(2), new Cancellation(), _ -> {});
        going.await();
        assertThat(generator.running()).isEqualTo(1);
        Thread closing = Thread.ofPlatform().start(generator::close);
        while (closing.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        goOn.countDown();
        closing.join();
        generator.close();
        assertThat(waiting).failsWithin(20, TimeUnit.SECONDS);
        assertThat(running).isDone();
        assertThatIllegalStateException().isThrownBy(() -> generator.generate(request(1)));
    }

    private static void hold(CountDownLatch going, CountDownLatch goOn) {
        going.countDown();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Throwable refusal(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            return e;
        }
        return new AssertionError("not refused");
    }
}
