package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GeneratorTests {
    private static final int SIZE = 40;
    private static final int END = 39;
    private static final GenerationRequest REQUEST =
            GenerationRequest.of(Prompt.of(1, 2)).withMaxTokens(5);

    private final FakeVocabulary vocabulary = new FakeVocabulary(SIZE).withEnds(END);
    private final List<GenerationEvent> events = new ArrayList<>();

    /** Predict the answer, whatever came before it. */
    private FakeModel saying(int promptLength, int... answer) {
        return new FakeModel(1, vocabulary).withLogits((tokens, count, row) -> {
            Arrays.fill(row, 0);
            row[answer[Math.min(count - promptLength, answer.length - 1)]] = 5;
        });
    }

    private Completion generate(LanguageModel model, GenerationRequest request) {
        events.clear();
        try (var generator = Generator.open(model)) {
            return checked(generator.generate(request, new Cancellation(), events::add));
        }
    }

    /** Check what holds for all answers: the events tell the same as the completion. */
    private Completion checked(Completion completion) {
        assertThat(events.stream().map(GenerationEvent::text).collect(Collectors.joining()))
                .isEqualTo(completion.text());
        assertThat(events.getLast()).isInstanceOf(GenerationEvent.Finished.class);
        assertThat(events.stream()
                        .filter(GenerationEvent.Token.class::isInstance)
                        .map(event -> ((GenerationEvent.Token) event).token()))
                .isEqualTo(completion.tokens());
        assertThat(((GenerationEvent.Finished) events.getLast()).reason()).isEqualTo(completion.finishReason());
        assertThat(events).hasSize(completion.tokens().size() + 1);
        return completion;
    }

    private static List<Integer> ids(Completion completion) {
        return completion.tokens().stream().map(GeneratedToken::id).toList();
    }

    @Test
    void stopsAfterTheWantedNumberOfTokens() {
        FakeModel model = saying(2, 5, 6, 7);
        assertThat(generate(model, REQUEST.withMaxTokens(0)).finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(model.decodedTokens).isZero();
        var one = generate(model, REQUEST.withMaxTokens(1));
        assertThat(ids(one)).containsExactly(5);
        assertThat(one.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(model.decodedTokens).as("the last token needs no decode").isEqualTo(2);
        var five = generate(model, REQUEST);
        assertThat(ids(five)).containsExactly(5, 6, 7, 7, 7);
        assertThat(five.text()).isEqualTo("t5t6t7t7t7");
        assertThat(five.promptTokens()).isEqualTo(2);
    }

    @Test
    void endsWithAnyRolesEndTokenWhichIsNotPartOfTheAnswer() {
        var completion = generate(saying(2, 5, 6, END), REQUEST);
        assertThat(ids(completion)).containsExactly(5, 6);
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        var expert = new FakeModel(2, new FakeVocabulary(SIZE).withEnds(6));
        var model = ProxyTunedModel.of(saying(2, 5, 6, 7), expert, new FakeModel(2, SIZE));
        assertThat(ids(generate(model, REQUEST))).containsExactly(5);
    }

    @Test
    void endsAtAStopStringThatSeveralTokensMake() {
        vocabulary.withText(5, "ab").withText(6, "cd").withText(7, "ef");
        var completion = generate(saying(2, 5, 6, 7), REQUEST.withStops(List.of("bcde")));
        assertThat(completion.text()).isEqualTo("a");
        assertThat(ids(completion)).containsExactly(5, 6, 7);
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        var held = generate(saying(2, 5, 6, END), REQUEST.withStops(List.of("bcdx")));
        assertThat(held.text()).isEqualTo("abcd");
        assertThat(((GenerationEvent.Finished) events.getLast()).text()).isEqualTo("bcd");
    }

    @Test
    void holdsBackHalfACharacter() {
        byte[] smile = "😀".getBytes(StandardCharsets.UTF_8);
        vocabulary.withBytes(5, Arrays.copyOf(smile, 2)).withBytes(6, Arrays.copyOfRange(smile, 2, 4));
        var completion = generate(saying(2, 5, 6, 5), REQUEST.withMaxTokens(3));
        assertThat(events.stream().map(GenerationEvent::text)).containsExactly("", "😀", "", "\uFFFD");
        assertThat(completion.tokens().getFirst().text()).isEqualTo("\uFFFD");
    }

    @Test
    void aFullContextEndsTheAnswer() {
        var completion = generate(saying(2, 5).withContext(4), REQUEST.withMaxTokens(100));
        assertThat(ids(completion)).containsExactly(5, 5, 5);
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        var late = REQUEST.withMaxTokens(100).withSteering((pair, position) -> position >= 4 ? 1 : 0);
        var model = ProxyTunedModel.of(
                saying(2, 5).withContext(50),
                List.of(ExpertPair.ofExpert(saying(2, 5).withContext(4))));
        assertThat(ids(generate(model, late))).hasSize(4);
        assertThatExceptionOfType(CapacityException.class)
                .isThrownBy(() -> generate(saying(2, 5).withContext(1), REQUEST));
    }

    @Test
    void cancellingEndsTheAnswerFromTheListenerFromAnotherThreadAndBeforeTheStart() throws InterruptedException {
        FakeModel model = saying(2, 5);
        try (var generator = Generator.open(model)) {
            var before = new Cancellation();
            before.cancel();
            assertThat(checked(generator.generate(REQUEST, before, events::add)).finishReason())
                    .isEqualTo(FinishReason.CANCELLED);
            assertThat(model.decodedTokens).isZero();

            events.clear();
            var inside = new Cancellation();
            var fromListener = generator.generate(REQUEST, inside, event -> {
                events.add(event);
                if (events.size() == 2) {
                    inside.cancel();
                }
            });
            assertThat(ids(checked(fromListener))).containsExactly(5, 5);
            assertThat(fromListener.finishReason()).isEqualTo(FinishReason.CANCELLED);

            events.clear();
            var outside = new Cancellation();
            var running = new CountDownLatch(1);
            var canceller = new Thread(() -> {
                try {
                    running.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                outside.cancel();
            });
            canceller.start();
            var fromThread = generator.generate(REQUEST.withMaxTokens(990), outside, event -> {
                events.add(event);
                running.countDown();
                if (events.size() == 500) {
                    join(canceller);
                }
            });
            assertThat(checked(fromThread).finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(ids(generator.generate(REQUEST))).hasSize(5);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatTheListenerThrowsComesOutAndTheGeneratorStaysUsable() {
        try (var generator = Generator.open(saying(2, 5, 6))) {
            for (var thrown : List.of(new IllegalStateException("mine"), new CancelledException())) {
                Consumer<GenerationEvent> listener = event -> {
                    throw thrown;
                };
                for (int maxTokens = 0; maxTokens < 2; maxTokens++) {
                    var request = REQUEST.withMaxTokens(maxTokens);
                    assertThatExceptionOfType(RuntimeException.class)
                            .isThrownBy(() -> generator.generate(request, new Cancellation(), listener))
                            .isSameAs(thrown);
                }
            }
            assertThat(generator.generate(REQUEST).text()).isEqualTo("t5t6t6t6t6");
        }
    }

    @Test
    void aModelThatFailsIsAskedAgainByTheNextRequest() {
        FakeModel model = saying(2, 5, 6);
        try (var generator = Generator.open(model)) {
            model.failNext = true;
            assertThatExceptionOfType(ProxyTuneException.class).isThrownBy(() -> generator.generate(REQUEST));
            assertThat(generator.generate(REQUEST).text()).isEqualTo("t5t6t6t6t6");
        }
    }

    @Test
    void penaltiesSeeThePromptAndTheAnswer() {
        var flat = new FakeModel(1, vocabulary).withLogits((tokens, count, row) -> {
            for (int id = 0; id < row.length; id++) {
                row[id] = -id;
            }
        });
        var penalties = Sampling.GREEDY.withPenalties(new Penalties(1, 0, 100, -1));
        var request = GenerationRequest.of(Prompt.of(0, 2)).withMaxTokens(4).withSampling(penalties);
        assertThat(ids(generate(flat, request))).containsExactly(1, 3, 4, 5);
    }

    @Test
    void reportsTheLogarithmsOfTheProbabilities() {
        var model = new FakeModel(4, vocabulary);
        var sampling = Sampling.atTemperature(3).withTopK(5);
        var completion = generate(model, REQUEST.withSampling(sampling).withReport(Report.LOGPROBS));
        int[] tokens = {1, 2};
        for (GeneratedToken token : completion.tokens()) {
            assertThat(token.logprob().orElseThrow())
                    .isCloseTo(logprob(model.rowAfter(tokens), token.id()), within(1e-5));
            assertThat(token.trace()).isEmpty();
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = token.id();
        }
        assertThat(generate(model, REQUEST).tokens().getFirst().logprob()).isEmpty();
    }

    @Test
    void tracesWhatEachRoleSays() {
        var target = new FakeModel(4, vocabulary);
        var expert = new FakeModel(5, SIZE + 4);
        var antiExpert = new FakeModel(6, SIZE - 4);
        var model = ProxyTunedModel.of(
                target, List.of(ExpertPair.of(expert, antiExpert), ExpertPair.ofExpert(new FakeModel(7, SIZE))));
        var request = REQUEST.withReport(Report.TRACE)
                .withSampling(Sampling.atTemperature(4))
                .withSteering((pair, position) -> pair == 1 && position == 1 ? 0 : 1);
        int[] tokens = {1, 2};
        int position = 0;
        for (GeneratedToken token : generate(model, request).tokens()) {
            TokenTrace trace = token.trace().orElseThrow();
            float[] row = target.rowAfter(tokens);
            double targetLogprob = logprob(row, token.id());
            assertThat(trace.targetLogprob()).isCloseTo(targetLogprob, within(1e-5));
            assertThat(trace.targetChoice()).isEqualTo(choice(row));
            assertThat(trace.delta())
                    .isCloseTo(Math.exp(token.logprob().orElseThrow()) - Math.exp(targetLogprob), within(1e-6));
            assertThat(trace.pairs().getFirst().expertLogprob().orElseThrow())
                    .isCloseTo(logprob(expert.rowAfter(tokens), token.id()), within(1e-5));
            assertThat(trace.pairs().getFirst().antiExpertLogprob().isPresent()).isEqualTo(token.id() < SIZE - 4);
            assertThat(trace.pairs().get(1).expertLogprob().isPresent()).isEqualTo(position != 1);
            assertThat(trace.pairs().get(1).antiExpertLogprob()).isEmpty();
            if (token.id() >= SIZE - 4) {
                return;
            }
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = token.id();
            position++;
        }
    }

    @Test
    void aTraceSaysNothingForARoleThatLacksTheToken() {
        var model = ProxyTunedModel.of(
                new FakeModel(4, vocabulary), List.of(ExpertPair.ofAntiExpert(new FakeModel(6, SIZE - 4))));
        var certain = Sampling.GREEDY.withLogitBias(Map.of(SIZE - 2, 1000f));
        var request = REQUEST.withMaxTokens(1).withReport(Report.TRACE).withSampling(certain);
        GeneratedToken token = generate(model, request).tokens().getFirst();
        assertThat(token.id()).isEqualTo(SIZE - 2);
        assertThat(token.trace().orElseThrow().pairs().getFirst().antiExpertLogprob())
                .isEmpty();
    }

    @Test
    void reportsTheLikeliestTokensOfEachRole() {
        var target = new FakeModel(4, vocabulary);
        var expert = new FakeModel(5, SIZE + 4);
        var antiExpert = new FakeModel(6, SIZE - 4);
        var model = ProxyTunedModel.of(target, List.of(ExpertPair.of(expert, antiExpert)));
        var request = REQUEST.withMaxTokens(1).withReport(Report.TRACE.withCandidates(7));
        GeneratedToken token = generate(model, request).tokens().getFirst();
        TokenTrace trace = token.trace().orElseThrow();
        assertThat(token.candidates())
                .hasSize(7)
                .first()
                .isEqualTo(new TokenLogprob(token.id(), token.logprob().orElseThrow()));
        assertCandidates(trace.targetCandidates(), target.rowAfter(1, 2), SIZE);
        assertCandidates(trace.pairs().getFirst().expertCandidates(), expert.rowAfter(1, 2), SIZE);
        assertCandidates(trace.pairs().getFirst().antiExpertCandidates(), antiExpert.rowAfter(1, 2), SIZE - 4);

        var alone = REQUEST.withMaxTokens(1).withReport(Report.LOGPROBS.withCandidates(7));
        GeneratedToken single = generate(target, alone).tokens().getFirst();
        assertCandidates(single.candidates(), target.rowAfter(1, 2), SIZE);
        assertThat(single.trace()).isEmpty();
        var all = generate(target, alone.withReport(Report.LOGPROBS.withCandidates(1000)));
        assertThat(all.tokens().getFirst().candidates()).hasSize(SIZE);
        assertThat(generate(target, alone.withReport(Report.LOGPROBS))
                        .tokens()
                        .getFirst()
                        .candidates())
                .isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> Report.NONE.withCandidates(1));
        assertThatIllegalArgumentException().isThrownBy(() -> Report.TRACE.withCandidates(-1));
    }

    private static void assertCandidates(List<TokenLogprob> candidates, float[] row, int ids) {
        List<Integer> expected = IntStream.range(0, ids)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -row[id]))
                .limit(7)
                .toList();
        assertThat(candidates.stream().map(TokenLogprob::id)).isEqualTo(expected);
        candidates.forEach(
                candidate -> assertThat(candidate.logprob()).isCloseTo(logprob(row, candidate.id()), within(1e-5)));
    }

    private static int choice(float[] row) {
        return IntStream.range(0, row.length).reduce(0, (best, id) -> row[id] > row[best] ? id : best);
    }

    private static double logprob(float[] row, int id) {
        return row[id]
                - Math.log(IntStream.range(0, row.length)
                        .mapToDouble(i -> Math.exp(row[i]))
                        .sum());
    }

    @Test
    void answersDoNotDependOnWhatWasGeneratedBefore() {
        var random = new SplittableRandom(3);
        var model = ProxyTunedModel.of(new FakeModel(1, SIZE), new FakeModel(2, SIZE), new FakeModel(3, SIZE));
        try (var generator = Generator.open(model)) {
            for (int i = 0; i < 50; i++) {
                var prompt = Prompt.of(random.ints(1 + random.nextInt(4), 0, 3).toArray());
                var request = GenerationRequest.of(prompt)
                        .withMaxTokens(random.nextInt(6))
                        .withAlpha(random.nextInt(3))
                        .withSampling(Sampling.atTemperature(1).withSeed(i));
                assertThat(ids(generator.generate(request))).isEqualTo(ids(generate(model, request)));
            }
        }
    }

    @Test
    void aListenerCannotStartAnotherAnswerWithTheSameGenerator() {
        try (var generator = Generator.open(new FakeModel(1, SIZE))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> generator.generate(
                            REQUEST.withMaxTokens(3), new Cancellation(), event -> generator.generate(REQUEST)));
            assertThat(generator.generate(REQUEST.withMaxTokens(1)).tokens()).hasSize(1);
        }
    }

    @Test
    void refusesRequestsThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> REQUEST.withMaxTokens(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> REQUEST.withStops(List.of("a", "")));
        assertThatIllegalArgumentException().isThrownBy(() -> REQUEST.withAlpha(Float.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> Sampling.atTemperature(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Sampling.GREEDY.withTopP(0));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new PromptText(RoleText.of("a"), List.of(RoleText.of("b"), RoleText.of("c")), List.of())
                                .expert(2));
    }
}
