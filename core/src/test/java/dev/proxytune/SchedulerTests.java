package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerTests {
    private static final int SIZE = 40;

    private static DecoderOptions sequences(int count) {
        return DecoderOptions.DEFAULT.withSequences(count);
    }

    private static void finish(Scheduler scheduler) {
        while (scheduler.step()) {
            assertThat(scheduler.running()).isLessThanOrEqualTo(scheduler.sequences());
        }
        assertThat(scheduler.running()).isZero();
        assertThat(scheduler.queued()).isZero();
    }

    private static LanguageModel trio() {
        return ProxyTunedModel.of(new FakeModel(1, SIZE), new FakeModel(2, SIZE), new FakeModel(3, SIZE));
    }

    private static int[] ids(int length, SplittableRandom random) {
        return random.ints(length, 0, SIZE).toArray();
    }

    /** Draw a request whose prompt often begins like others do. */
    private static GenerationRequest request(List<int[]> beginnings, SplittableRandom random) {
        int[] beginning = beginnings.get(random.nextInt(beginnings.size()));
        int[] own = ids(random.nextInt(1, 5), random);
        int[] tokens =
                IntStream.concat(Arrays.stream(beginning), Arrays.stream(own)).toArray();
        Prompt prompt = random.nextBoolean()
                ? Prompt.of(tokens)
                : Prompt.of(tokens, List.of(Prompt.of(ids(3, random))), List.of(Prompt.of(own)));
        return GenerationRequest.of(prompt)
                .withMaxTokens(random.nextInt(20))
                .withAlpha(random.nextInt(3) * 0.5f)
                .withSampling(
                        random.nextBoolean()
                                ? Sampling.GREEDY
                                : Sampling.atTemperature(1).withSeed(random.nextInt()))
                .withReport(Report.TRACE);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void givesTheAnswersThatEachRequestGetsAlone(long seed) {
        var random = new SplittableRandom(seed);
        List<int[]> beginnings = List.of(new int[0], ids(30, random), ids(600, random), ids(1500, random));
        var options = sequences(random.nextInt(1, 6)).withContextLength(1600);
        List<GenerationRequest> requests = new ArrayList<>();
        List<CompletableFuture<Completion>> results = new ArrayList<>();
        try (var scheduler = Scheduler.open(trio(), options);
                var generator = Generator.open(trio(), options)) {
            for (int i = 0; i < 60; i++) {
                requests.add(request(beginnings, random));
                results.add(scheduler.submit(requests.getLast()));
                for (int step = random.nextInt(6); step > 0; step--) {
                    scheduler.step();
                }
            }
            finish(scheduler);
            for (int i = 0; i < requests.size(); i++) {
                Completion alone = generator.generate(requests.get(i));
                Completion together = results.get(i).resultNow();
                assertThat(together.tokens()).as("seed %d, request %d", seed, i).isEqualTo(alone.tokens());
                assertThat(together.text()).isEqualTo(alone.text());
                assertThat(together.finishReason()).isEqualTo(alone.finishReason());
                assertThat(together.promptTokens()).isEqualTo(alone.promptTokens());
            }
        }
    }

    @Test
    void computesWhatRequestsHaveInCommonOnce() {
        var random = new SplittableRandom(5);
        int[] system = ids(700, random);
        var model = new FakeModel(1, SIZE);
        try (var scheduler = Scheduler.open(model, sequences(4).withContextLength(900))) {
            for (int user = 0; user < 4; user++) {
                int[] prompt = Arrays.copyOf(system, 710);
                Arrays.fill(prompt, 700, 710, user);
                var _ = scheduler.submit(GenerationRequest.of(Prompt.of(prompt)).withMaxTokens(1));
            }
            finish(scheduler);
        }
        assertThat(model.decodedTokens).isEqualTo(700 + 4 * 10);
    }

    @Test
    void allRolesComputeWhatRequestsHaveInCommonOnce() {
        var random = new SplittableRandom(6);
        int[] system = ids(710, random);
        int[] ofExpert = ids(310, random);
        List<FakeModel> models = List.of(new FakeModel(1, SIZE), new FakeModel(2, SIZE), new FakeModel(3, SIZE));
        var trio = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        try (var scheduler = Scheduler.open(trio, sequences(6).withContextLength(900))) {
            for (int answer = 0; answer < 6; answer++) {
                // Every question is asked twice, as for two answers.
                Arrays.fill(system, 700, 710, answer / 2);
                Arrays.fill(ofExpert, 300, 310, answer / 2);
                var prompt = Prompt.of(system.clone(), List.of(Prompt.of(ofExpert.clone())), List.of());
                var _ = scheduler.submit(GenerationRequest.of(prompt).withMaxTokens(1));
            }
            finish(scheduler);
        }
        // The row after a prompt that is there already comes from computing its last token again.
        int rows = 3 * 10 + 3;
        assertThat(models.stream().map(model -> model.decodedTokens))
                .containsExactly(700 + rows, 300 + rows, 700 + rows);
    }

    @Test
    void computesOfAConversationOnlyWhatIsNew() {
        var model = new FakeModel(1, SIZE);
        try (var scheduler = Scheduler.open(model, sequences(3))) {
            var first = GenerationRequest.of(Prompt.of(ids(50, new SplittableRandom(1))))
                    .withMaxTokens(10);
            var other = GenerationRequest.of(Prompt.of(ids(40, new SplittableRandom(2))))
                    .withMaxTokens(10);
            var answer = scheduler.submit(first);
            var _ = scheduler.submit(other);
            finish(scheduler);
            int[] turn = IntStream.concat(
                            Arrays.stream(first.prompt().tokens()),
                            IntStream.concat(
                                    answer.resultNow().tokens().stream().mapToInt(GeneratedToken::id),
                                    IntStream.of(7, 8, 9)))
                    .toArray();
            int before = model.decodedTokens;
            var _ = scheduler.submit(first.withMaxTokens(1).withSampling(Sampling.GREEDY));
            var _ = scheduler.submit(GenerationRequest.of(Prompt.of(turn)).withMaxTokens(1));
            finish(scheduler);
            assertThat(model.decodedTokens - before).isEqualTo(1 + 1 + 3);
        }
    }

    @Test
    void doesNotForgetALongConversationForAPromptThatBeginsLikeIt() {
        var model = new FakeModel(1, SIZE);
        int[] conversation = ids(400, new SplittableRandom(1));
        int[] another = Arrays.copyOf(conversation, 50);
        Arrays.fill(another, 40, 50, 3);
        try (var scheduler = Scheduler.open(model, sequences(2))) {
            for (int[] prompt : List.of(conversation, another, conversation)) {
                var _ = scheduler.submit(GenerationRequest.of(Prompt.of(prompt)).withMaxTokens(1));
                finish(scheduler);
            }
        }
        assertThat(model.decodedTokens).isEqualTo(400 + 10 + 1);
    }

    @Test
    void aLongPromptDoesNotHoldUpThoseWhoAnswer() {
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE).withContext(6000), sequences(2))) {
            List<String> order = new ArrayList<>();
            var _ = scheduler.submit(
                    GenerationRequest.of(Prompt.of(1)).withMaxTokens(6),
                    new Cancellation(),
                    event -> order.add("short"));
            scheduler.step();
            var _ = scheduler.submit(
                    GenerationRequest.of(Prompt.of(ids(2000, new SplittableRandom(1))))
                            .withMaxTokens(1),
                    new Cancellation(),
                    event -> order.add("long"));
            finish(scheduler);
            assertThat(order.indexOf("long")).isEqualTo(5);
        }
    }

    @Test
    void promptsThatComeTogetherAreReadTogether() {
        var random = new SplittableRandom(3);
        List<Integer> begun = new ArrayList<>();
        try (var scheduler = Scheduler.open(trio(), sequences(16))) {
            for (int i = 0; i < 16; i++) {
                int number = i;
                var _ = scheduler.submit(
                        GenerationRequest.of(Prompt.of(ids(80, random))).withMaxTokens(3),
                        new Cancellation(),
                        event -> begun.add(number));
                if (i == 0) {
                    scheduler.step();
                }
            }
            scheduler.step();
        }
        assertThat(begun).hasSize(17).containsAll(IntStream.range(0, 16).boxed().toList());
    }

    @Test
    void aStepComputesNoMoreThanThoseWhoWaitCanBear() {
        var model = new FakeModel(1, SIZE).withContext(6000);
        var random = new SplittableRandom(4);
        try (var scheduler = Scheduler.open(model, sequences(4))) {
            for (int i = 0; i < 2; i++) {
                var _ = scheduler.submit(
                        GenerationRequest.of(Prompt.of(ids(1500, random))).withMaxTokens(20));
            }
            scheduler.step();
            assertThat(model.decodedTokens).isEqualTo(2048);
            scheduler.step();
            assertThat(model.decodedTokens).as("one reads, one answers").isEqualTo(2048 + 512);
            finishReading(scheduler, model);
            for (int i = 0; i < 2; i++) {
                var _ = scheduler.submit(
                        GenerationRequest.of(Prompt.of(ids(700, random))).withMaxTokens(1));
            }
            int before = model.decodedTokens;
            scheduler.step();
            assertThat(model.decodedTokens - before).as("two read, two answer").isEqualTo(512);
        }
    }

    private static void finishReading(Scheduler scheduler, FakeModel model) {
        int before;
        do {
            before = model.decodedTokens;
            scheduler.step();
        } while (model.decodedTokens - before > scheduler.running());
    }

    @Test
    void requestsWaitInTheOrderInWhichTheyCame() {
        List<Integer> begun = new ArrayList<>();
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE), sequences(2))) {
            for (int i = 0; i < 7; i++) {
                int number = i;
                var _ = scheduler.submit(
                        GenerationRequest.of(Prompt.of(i + 1, 2)).withMaxTokens(1 + i % 3),
                        new Cancellation(),
                        event -> {
                            if (!begun.contains(number)) {
                                begun.add(number);
                            }
                        });
            }
            assertThat(scheduler.queued()).isEqualTo(7);
            assertThat(scheduler.step()).isTrue();
            assertThat(scheduler.running() + scheduler.queued()).isEqualTo(6);
            finish(scheduler);
        }
        assertThat(begun).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void whoFailsAloneFailsAndTheOthersGoOn() {
        var expert = new FakeModel(2, SIZE).withContext(30);
        var model = ProxyTunedModel.of(new FakeModel(1, SIZE), List.of(ExpertPair.ofExpert(expert)));
        var good = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(12);
        var wide = GenerationRequest.of(
                        Prompt.of(new int[] {4}, List.of(Prompt.of(ids(31, new SplittableRandom(1)))), List.of()))
                .withMaxTokens(4);
        var nan = good.withSteering((pair, position) -> position < 3 ? 1 : Float.NaN);
        try (var scheduler = Scheduler.open(model, sequences(4));
                var generator = Generator.open(model)) {
            var answers = List.of(scheduler.submit(good), scheduler.submit(nan), scheduler.submit(wide));
            scheduler.step();
            var late = scheduler.submit(good.withAlpha(0.5f));
            finish(scheduler);
            assertThat(answers.get(0).resultNow().tokens())
                    .isEqualTo(generator.generate(good).tokens());
            assertThat(late.resultNow().tokens())
                    .isEqualTo(generator.generate(good.withAlpha(0.5f)).tokens());
            assertThat(answers.get(1).exceptionNow())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("alpha");
            assertThat(answers.get(2).exceptionNow())
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("expert");
        }
    }

    @Test
    void aDecodeThatFailsOnceCostsNoAnswer() {
        var model = new FakeModel(1, SIZE);
        var requests = IntStream.range(0, 3)
                .mapToObj(i -> GenerationRequest.of(Prompt.of(i + 1, 2)).withMaxTokens(8))
                .toList();
        try (var scheduler = Scheduler.open(model, sequences(3));
                var generator = Generator.open(new FakeModel(1, SIZE))) {
            var answers = requests.stream().map(scheduler::submit).toList();
            scheduler.step();
            scheduler.step();
            model.failNext = true;
            finish(scheduler);
            for (int i = 0; i < 3; i++) {
                assertThat(answers.get(i).resultNow().tokens())
                        .isEqualTo(generator.generate(requests.get(i)).tokens());
            }
        }
    }

    @Test
    void aListenerThatThrowsEndsItsAnswerOnly() {
        var thrown = new IllegalStateException("mine");
        Consumer<GenerationEvent> thrower = event -> {
            throw thrown;
        };
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE), sequences(2))) {
            var request = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(5);
            var bad = scheduler.submit(request, new Cancellation(), thrower);
            var empty = scheduler.submit(request.withMaxTokens(0), new Cancellation(), thrower);
            var good = scheduler.submit(request);
            finish(scheduler);
            assertThat(bad.exceptionNow()).isSameAs(thrown);
            assertThat(empty.exceptionNow()).isSameAs(thrown);
            assertThat(good.resultNow().tokens()).hasSize(5);
        }
    }

    @Test
    void aCancelledAnswerLeavesAtOnceAndKeepsWhatItHas() {
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE), sequences(2))) {
            var request = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(50);
            var cancellation = new Cancellation();
            var waiting = new Cancellation();
            var cancelled = scheduler.submit(request, cancellation, event -> {});
            var other = scheduler.submit(request);
            var third = scheduler.submit(request, waiting, event -> {});
            scheduler.step();
            scheduler.step();
            cancellation.cancel();
            waiting.cancel();
            scheduler.step();
            finish(scheduler);
            assertThat(cancelled.resultNow().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(cancelled.resultNow().tokens()).hasSize(2);
            assertThat(third.resultNow().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(third.resultNow().tokens()).isEmpty();
            assertThat(other.resultNow().tokens()).hasSize(50);
        }
    }

    @Test
    void aCancelledRequestThatWaitsLosesItsPlaceAtOnce() {
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE), sequences(1))) {
            var request = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(3);
            var running = scheduler.submit(request);
            scheduler.step();
            var cancellation = new Cancellation();
            List<GenerationEvent> events = new ArrayList<>();
            var waiting = scheduler.submit(request, cancellation, events::add);
            var next = scheduler.submit(request);
            assertThat(scheduler.queued()).isEqualTo(2);
            cancellation.cancel();
            assertThat(scheduler.queued()).isEqualTo(1);
            assertThat(waiting.resultNow().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(events).containsExactly(new GenerationEvent.Finished(FinishReason.CANCELLED, ""));
            finish(scheduler);
            assertThat(running.resultNow().tokens()).hasSize(3);
            assertThat(next.resultNow().tokens()).hasSize(3);
            cancellation.cancel();
            assertThat(events).hasSize(1);
        }
    }

    @Test
    void tellsThePromptsTokensByTheRowsBeforeThem() {
        var random = new SplittableRandom(7);
        int[] prompt = ids(11, random);
        Report report = Report.TRACE.withCandidates(3);
        try (var scheduler = Scheduler.open(trio(), sequences(3).withMaxRows(5))) {
            var other = scheduler.submit(
                    GenerationRequest.of(Prompt.of(ids(5, random))).withMaxTokens(9));
            List<GenerationEvent> events = new ArrayList<>();
            var request = GenerationRequest.of(Prompt.of(prompt)).withMaxTokens(4);
            var told = scheduler.submit(request.withReport(report.withPrompt()), new Cancellation(), events::add);
            finish(scheduler);
            assertThat(other.resultNow().tokens()).hasSize(9);
            var tokens = ((GenerationEvent.Prompt) events.getFirst()).tokens();
            assertThat(tokens.stream().mapToInt(GeneratedToken::id).toArray()).isEqualTo(prompt);
            assertThat(tokens.getFirst().logprob()).isEmpty();
            for (int i = 1; i < prompt.length; i++) {
                var forced = Sampling.GREEDY.withLogitBias(Map.of(prompt[i], 1e9f));
                var alone = scheduler.submit(GenerationRequest.of(Prompt.of(Arrays.copyOf(prompt, i)))
                        .withSampling(forced)
                        .withMaxTokens(1)
                        .withReport(report));
                finish(scheduler);
                assertThat(tokens.get(i)).isEqualTo(alone.resultNow().tokens().getFirst());
            }
            var plain = scheduler.submit(request.withReport(report));
            finish(scheduler);
            assertThat(told.resultNow().tokens()).isEqualTo(plain.resultNow().tokens());
            assertThat(told.resultNow().promptTokens()).isEqualTo(prompt.length);
            for (int length : new int[] {1, 11}) {
                events.clear();
                var first = GenerationRequest.of(Prompt.of(Arrays.copyOf(prompt, length)))
                        .withMaxTokens(0)
                        .withReport(report.withPrompt());
                var only = scheduler.submit(first, new Cancellation(), events::add);
                finish(scheduler);
                assertThat(only.resultNow().tokens()).isEmpty();
                assertThat(((GenerationEvent.Prompt) events.getFirst()).tokens())
                        .isEqualTo(tokens.subList(0, length));
                assertThat(events.getLast()).isEqualTo(new GenerationEvent.Finished(FinishReason.LENGTH, ""));
            }
        }
    }

    @Test
    void closingFailsWhatIsNotDone() {
        var model = new FakeModel(1, SIZE);
        var scheduler = Scheduler.open(model, sequences(1));
        var request = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(5);
        var running = scheduler.submit(request);
        var waiting = scheduler.submit(request);
        scheduler.step();
        scheduler.close();
        scheduler.close();
        assertThat(running.exceptionNow()).hasMessageContaining("closed");
        assertThat(waiting.exceptionNow()).hasMessageContaining("closed");
        assertThat(model.decoders.getFirst().closedTimes).isPositive();
        assertThatIllegalStateException().isThrownBy(scheduler::step);
        assertThatIllegalStateException().isThrownBy(() -> scheduler.submit(request));
    }

    @Test
    void aListenerCanAskForMoreButNeitherStepNorClose() {
        try (var scheduler = Scheduler.open(new FakeModel(1, SIZE), sequences(1))) {
            var request = GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(1);
            List<CompletableFuture<Completion>> more = new ArrayList<>();
            var _ = scheduler.submit(request, new Cancellation(), event -> {
                if (more.isEmpty()) {
                    more.add(scheduler.submit(request));
                    assertThatIllegalStateException().isThrownBy(scheduler::step);
                    assertThatIllegalStateException().isThrownBy(scheduler::close);
                }
            });
            finish(scheduler);
            assertThat(more.getFirst().resultNow().tokens()).hasSize(1);
        }
    }

    @Test
    void manyThreadsMaySubmitWhileOneSteps() throws InterruptedException {
        var answered = new AtomicInteger();
        var all = new CountDownLatch(400);
        try (var scheduler = Scheduler.open(trio(), sequences(3))) {
            var driver = Thread.ofPlatform().start(() -> {
                try {
                    while (all.getCount() > 0) {
                        scheduler.await();
                        scheduler.step();
                    }
                } catch (InterruptedException | IllegalStateException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int thread = 0; thread < 8; thread++) {
                Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 50; i++) {
                        var _ = scheduler
                                .submit(GenerationRequest.of(Prompt.of(i % SIZE))
                                        .withMaxTokens(3))
                                .thenAccept(completion -> {
                                    answered.addAndGet(completion.tokens().size());
                                    all.countDown();
                                });
                    }
                });
            }
            all.await();
            driver.interrupt();
            driver.join();
        }
        assertThat(answered).hasValue(1200);
    }
}
