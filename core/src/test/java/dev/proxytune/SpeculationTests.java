package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpeculationTests {
    private static final int SIZE = 40;
    private static final int END = 39;
    private static final Prompt PROMPT = Prompt.of(1, 2, 3);

    /** Predict mostly by the last two tokens, as all models of a seed do, and a little by a mind of its own. */
    private static FakeModel like(long seed, long own, int size, float ownShare) {
        var vocabulary = new FakeVocabulary(size);
        if (size > END) {
            vocabulary.withEnds(END);
        }
        FakeModel common = new FakeModel(seed, size);
        FakeModel mind = new FakeModel(own, size);
        return new FakeModel(own, vocabulary).withLogits((tokens, count, row) -> {
            float[] part = new float[row.length];
            mind.logits.fill(tokens, count, part);
            int[] last = {tokens[count - 1], count > 1 ? tokens[count - 2] : 0};
            common.logits.fill(last, 2, row);
            for (int id = 0; id < row.length; id++) {
                row[id] = row[id] / 2 + ownShare * part[id];
            }
        });
    }

    /** Draw a model with pairs of all kinds, the same for the same seed. */
    private static LanguageModel model(long seed) {
        var random = new SplittableRandom(seed);
        LanguageModel target = like(seed, seed + 1, SIZE, 0.2f).withContext(random.nextBoolean() ? 1000 : 40);
        List<ExpertPair> pairs = new ArrayList<>();
        for (int pair = random.nextInt(3); pair >= 0; pair--) {
            int size = random.nextInt(4) == 0 ? SIZE - 3 : SIZE;
            long own = random.nextLong();
            int threads = 2 * random.nextInt(3);
            LanguageModel expert = like(seed, own, size, 0.2f)
                    .withContext(random.nextBoolean() ? 1000 : 35)
                    .sharing(threads, 1L << 30);
            LanguageModel anti = new FakeModel(own + 1, size).sharing(threads, 1L << 30);
            switch (random.nextInt(6)) {
                case 0 -> pairs.add(ExpertPair.ofExpert(expert));
                case 1 -> pairs.add(ExpertPair.ofAntiExpert(anti));
                case 2 -> pairs.add(ExpertPair.of(ProxyTunedModel.of(expert, twin(own, size), anti), twin(own, size)));
                default -> pairs.add(ExpertPair.of(expert, anti));
            }
        }
        if (random.nextInt(8) == 0) {
            return target;
        }
        if (random.nextInt(6) == 0) {
            target = ProxyTunedModel.of(target, like(seed, 8, SIZE, 0.1f), new FakeModel(9, SIZE));
        }
        return ProxyTunedModel.of(target, pairs);
    }

    private static FakeModel twin(long own, int size) {
        return new FakeModel(own + 2, size);
    }

    private static Steering steering(SplittableRandom random) {
        int kind = random.nextInt(6);
        int change = random.nextInt(2, 12);
        return switch (kind) {
            case 0 -> (pair, position) -> position % change == 0 ? 0 : 0.3f;
            case 1 -> (pair, position) -> position < change ? 0 : 0.5f;
            case 2 -> (pair, position) -> pair == 0 ? -0.2f : position > change ? 0 : 0.4f;
            case 3 -> Steering.NONE;
            default -> Steering.of(0.3f);
        };
    }

    private static Sampling sampling(SplittableRandom random) {
        Sampling sampling = random.nextBoolean() ? Sampling.GREEDY : Sampling.atTemperature(0.3f + random.nextInt(3));
        sampling = switch (random.nextInt(5)) {
            case 0 -> sampling.withTopK(random.nextInt(1, 8));
            case 1 -> sampling.withTopP(0.5f);
            case 2 -> sampling.withMinP(0.1f);
            default -> sampling;
        };
        if (random.nextInt(3) == 0) {
            sampling = sampling.withPenalties(new Penalties(1.2f, 0.3f, 0.2f, random.nextInt(-1, 20)));
        }
        if (random.nextInt(3) == 0) {
            sampling = sampling.withLogitBias(Map.of(random.nextInt(SIZE - 2), 2f, 38, -5f));
        }
        return sampling.withSeed(random.nextInt());
    }

    private static GenerationRequest request(SplittableRandom random) {
        int[] tokens = random.ints(random.nextInt(1, 12), 0, SIZE - 3).toArray();
        Prompt prompt = random.nextBoolean()
                ? Prompt.of(tokens)
                : Prompt.of(tokens, List.of(Prompt.of(4, 5, 6, 7)), List.of(Prompt.of(8)));
        List<String> stops = random.nextInt(3) == 0 ? List.of("1t2", "5t", "t33t3") : List.of();
        Report report = List.of(Report.NONE, Report.LOGPROBS, Report.TRACE).get(random.nextInt(3));
        return new GenerationRequest(prompt, steering(random), sampling(random), random.nextInt(60), stops, report);
    }

    /** Run one request after the other, or side by side, and return all that can be seen of the answers. */
    private static List<String> answers(long seed, boolean together, Speculation speculation) {
        var random = new SplittableRandom(seed);
        List<String> seen = new ArrayList<>();
        List<CompletableFuture<Completion>> results = new ArrayList<>();
        try (LanguageModel model = model(seed);
                var scheduler =
                        Scheduler.open(model, DecoderOptions.DEFAULT.withSequences(together ? 3 : 1), speculation)) {
            for (int number = 0; number < 6; number++) {
                var cancellation = new Cancellation();
                int cancelAt = random.nextInt(4) == 0 ? random.nextInt(20) : Integer.MAX_VALUE;
                List<GenerationEvent> events = new ArrayList<>();
                int index = seen.size();
                seen.add("");
                results.add(scheduler.submit(request(random), cancellation, event -> {
                    events.add(event);
                    seen.set(index, events.toString());
                    if (events.size() == cancelAt) {
                        cancellation.cancel();
                    }
                }));
            }
            while (scheduler.step()) {
                // Until all are done.
            }
        }
        for (int number = 0; number < results.size(); number++) {
            var result = results.get(number);
            seen.set(
                    number,
                    seen.get(number)
                            + (result.isCompletedExceptionally() ? result.exceptionNow() : text(result.resultNow())));
        }
        return seen;
    }

    private static String text(Completion completion) {
        return completion.tokens() + completion.text() + completion.finishReason() + completion.promptTokens();
    }

    static LongStream seeds() {
        return LongStream.range(0, 150);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void changesNothingThatCanBeSeenOfAnAnswer(long seed) {
        List<String> plain = answers(seed, false, Speculation.OFF);
        for (Speculation speculation : List.of(
                Speculation.of(1), Speculation.of(2), Speculation.of(5), Speculation.of(16), Speculation.AUTO)) {
            assertThat(answers(seed, false, speculation))
                    .as("seed %d, %s", seed, speculation)
                    .isEqualTo(plain);
            assertThat(answers(seed, true, speculation))
                    .as("seed %d, %s, side by side", seed, speculation)
                    .isEqualTo(plain);
        }
    }

    private static List<Integer> ids(Completion completion) {
        return completion.tokens().stream().map(GeneratedToken::id).toList();
    }

    /** Say 10, 11, 12 … after any prompt, sure of it. */
    private static FakeModel counting(float sureness) {
        return new FakeModel(1, SIZE).withLogits((tokens, count, row) -> {
            Arrays.fill(row, 0);
            row[tokens[count - 1] < 10 ? 10 : tokens[count - 1] + 1] = sureness;
        });
    }

    private static Completion generate(LanguageModel model, GenerationRequest request, Speculation speculation) {
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, speculation)) {
            return generator.generate(request);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 16})
    void computesNoTokenTwiceInAnyRoleWhereTheGuessesAreRight(int guesses) {
        FakeModel target = counting(1);
        FakeModel expert = counting(9);
        FakeModel anti = counting(2);
        var request = GenerationRequest.of(PROMPT).withMaxTokens(20);
        var completion = generate(ProxyTunedModel.of(target, expert, anti), request, Speculation.of(guesses));
        assertThat(ids(completion)).hasSize(20).startsWith(10, 11, 12);
        for (FakeModel model : List.of(target, expert, anti)) {
            assertThat(model.decodedTokens).isEqualTo(PROMPT.length() + 19);
        }
    }

    @Test
    void computesAWrongGuessOnceInEachRoleAndNothingElseTwice() {
        FakeModel target = counting(9);
        FakeModel expert = new FakeModel(1, SIZE).withLogits((tokens, count, row) -> row[5] = 1);
        FakeModel anti = new FakeModel(1, SIZE);
        var request = GenerationRequest.of(PROMPT).withMaxTokens(10).withAlpha(0.1f);
        var model = ProxyTunedModel.of(target, List.of(ExpertPair.of(expert, anti.withLogits((t, c, row) -> {}))));
        assertThat(ids(generate(model, request, Speculation.of(2))))
                .startsWith(10, 11, 12)
                .hasSize(10);
        // The first token comes from the prompt, each of eight steps checks two guesses and the last needs none.
        int tokens = PROMPT.length() + 9;
        assertThat(target.decodedTokens).isEqualTo(tokens + 7 * 2 + 1);
        assertThat(expert.decodedTokens).isEqualTo(tokens + 7 * 2 + 1);
        assertThat(anti.decodedTokens).isEqualTo(tokens + 7 * 2 + 1);
    }

    @Test
    void guessesNothingWhereNoExpertHasAWeight() {
        FakeModel target = counting(1);
        FakeModel expert = counting(9);
        var request = GenerationRequest.of(PROMPT).withMaxTokens(20).withAlpha(0);
        generate(ProxyTunedModel.of(target, expert, counting(2)), request, Speculation.of(4));
        assertThat(expert.decodedTokens).isZero();
        assertThat(target.decodedTokens).isEqualTo(PROMPT.length() + 19);
    }

    @Test
    void aModelAloneGuessesThatTheTextRepeatsItself() {
        FakeModel model = new FakeModel(1, SIZE).withLogits((tokens, count, row) -> {
            Arrays.fill(row, 0);
            row[(tokens[count - 1] + 1) % 5] = 1;
        });
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, Speculation.of(4))) {
            var request = GenerationRequest.of(Prompt.of(1, 2, 3, 4, 0, 1)).withMaxTokens(21);
            assertThat(ids(generator.generate(request))).startsWith(2, 3, 4, 0).hasSize(21);
            // The first token comes from the prompt, four steps check four guesses each.
            assertThat(generator.guesses()).isEqualTo(new GuessCounts(5, 21, 16, 16));
        }
        assertThat(model.decodedTokens).isEqualTo(6 + 20);
    }

    /** Say the tokens below {@code period} in turn, for ever. */
    private static FakeModel circling(int period) {
        return new FakeModel(1, SIZE).withLogits((tokens, count, row) -> {
            Arrays.fill(row, 0);
            row[(tokens[count - 1] + 1) % period] = 9;
        });
    }

    @Test
    void theExpertReadsInOneDecodeWhatThePromptSaysItWillGuess() {
        var models = List.of(circling(5), circling(5), circling(5).plus(1));
        var request = GenerationRequest.of(Prompt.of(1, 2, 3, 4, 0, 1)).withMaxTokens(121);
        var model = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, Speculation.of(4))) {
            assertThat(ids(generator.generate(request))).startsWith(2, 3, 4, 0).hasSize(121);
            // The first token comes from the prompt, each of 24 steps checks four guesses.
            assertThat(generator.guesses()).isEqualTo(new GuessCounts(25, 121, 96, 96));
        }
        for (FakeModel each : models) {
            assertThat(each.decodedTokens).isEqualTo(6 + 120);
        }
        assertThat(models.get(0).decodes).isEqualTo(25);
        // One by one it were 121; the first few tell how often look-up and expert agree.
        assertThat(models.get(1).decodes).isBetween(25, 70);
    }

    @Test
    void whereTheExpertDisagreesWithThePromptItsOwnGuessStands() {
        FakeModel.Logits says = (tokens, count, row) -> {
            Arrays.fill(row, 0);
            // In the text 5 follows on 4 every time but the third one of four.
            row[tokens[count - 1] == 4 && count % 20 == 14 ? 10 : tokens[count - 1] >= 5 ? 1 : tokens[count - 1] + 1] =
                    9;
        };
        var expert = new FakeModel(1, SIZE).withLogits(says);
        var model = ProxyTunedModel.of(
                new FakeModel(2, SIZE).withLogits(says), expert, new FakeModel(3, SIZE).withLogits(says));
        var request = GenerationRequest.of(Prompt.of(1, 2, 3, 4)).withMaxTokens(201);
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, Speculation.of(4))) {
            List<Integer> drawn = ids(generator.generate(request));
            assertThat(drawn)
                    .isEqualTo(ids(generate(model, request, Speculation.OFF)))
                    .contains(5, 10);
            assertThat(generator.guesses()).isEqualTo(new GuessCounts(41, 201, 160, 160));
        }
    }

    @Test
    void countsStepsAndGuesses() {
        var model = ProxyTunedModel.of(counting(1), counting(9), counting(2));
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, Speculation.of(3))) {
            generator.generate(GenerationRequest.of(PROMPT).withMaxTokens(9));
            assertThat(generator.guesses()).isEqualTo(new GuessCounts(3, 9, 6, 6));
        }
    }

    /** Compare 100,000 answers of three tokens with the probabilities of all of them, drawn in batches. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void drawsEachAnswerAsOftenAsItsProbabilitySays(int kind) {
        int size = 5;
        var sampling = List.of(
                        Sampling.atTemperature(1),
                        Sampling.atTemperature(0.7f).withTopK(3),
                        Sampling.atTemperature(1.2f).withTopP(0.8f),
                        Sampling.atTemperature(1).withMinP(0.2f))
                .get(kind);
        var target = new FakeModel(1, size);
        var expert = new FakeModel(2, size);
        var anti = new FakeModel(3, size);
        // A gentle mixture, so that no token is out of the question.
        for (FakeModel model : List.of(target, expert, anti)) {
            FakeModel.Logits wild = model.logits;
            model.withLogits((tokens, count, row) -> {
                wild.fill(tokens, count, row);
                for (int id = 0; id < row.length; id++) {
                    row[id] /= 8;
                }
            });
        }
        var model = ProxyTunedModel.of(target, expert, anti);
        int draws = 100_000;
        double[] expected = new double[size * size * size];
        int[] drawn = new int[expected.length];
        try (var scheduler = Scheduler.open(
                model, DecoderOptions.DEFAULT.withSequences(4).withContextLength(16), Speculation.of(2))) {
            fill(model, sampling, expected);
            for (int seed = 0; seed < draws; seed++) {
                var _ = scheduler
                        .submit(GenerationRequest.of(PROMPT).withMaxTokens(3).withSampling(sampling.withSeed(seed)))
                        .thenAccept(completion -> drawn[index(ids(completion), size)]++);
            }
            while (scheduler.step()) {
                // Until all are done.
            }
            assertThat(scheduler.guesses().hits()).isPositive();
        }
        assertFits(expected, drawn, draws);
    }

    private static int index(List<Integer> ids, int size) {
        return ids.stream().reduce(0, (sum, id) -> sum * size + id);
    }

    private static void fill(LanguageModel model, Sampling sampling, double[] expected) {
        int size = model.vocabulary().size();
        try (var decoder = model.open(DecoderOptions.DEFAULT)) {
            for (int answer = 0; answer < expected.length; answer++) {
                int[] ids = {answer / (size * size), answer / size % size, answer % size};
                double probability = 1;
                for (int length = 0; length < ids.length; length++) {
                    var batch = new Batch().start(0, PROMPT, Steering.DEFAULT, length == 0);
                    for (int i = 0; i < length; i++) {
                        batch.append(0, ids[i], i == length - 1);
                    }
                    decoder.decode(batch);
                    probability *= probabilities(FakeModel.copyOf(decoder.row(0)), sampling)[ids[length]];
                }
                expected[answer] = probability;
            }
        }
    }

    /** Work out the probabilities of tokens by the words of {@link Sampling}. */
    private static double[] probabilities(float[] row, Sampling sampling) {
        double[] weights = new double[row.length];
        for (int id = 0; id < row.length; id++) {
            weights[id] = Math.exp(row[id] / sampling.temperature());
        }
        Integer[] order = new Integer[row.length];
        Arrays.setAll(order, id -> id);
        Arrays.sort(order, (a, b) -> Double.compare(weights[b], weights[a]));
        double total = Arrays.stream(weights).sum();
        double best = weights[order[0]];
        double before = 0;
        for (int rank = 0; rank < order.length; rank++) {
            int id = order[rank];
            boolean kept = (sampling.topK() == 0 || rank < sampling.topK())
                    && before < sampling.topP() * total
                    && weights[id] >= sampling.minP() * best;
            before += weights[id];
            weights[id] = kept ? weights[id] : 0;
        }
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    private static void assertFits(double[] expected, int[] drawn, int draws) {
        double chiSquare = 0;
        int cells = 0;
        for (int answer = 0; answer < expected.length; answer++) {
            if (expected[answer] == 0) {
                assertThat(drawn[answer]).isZero();
            } else {
                double mean = expected[answer] * draws;
                chiSquare += (drawn[answer] - mean) * (drawn[answer] - mean) / mean;
                cells++;
            }
        }
        int freedom = cells - 1;
        // Beyond this, one run in a million would be: the cube root is nearly normal (Wilson and Hilferty 1931).
        double deviate = (Math.cbrt(chiSquare / freedom) - (1 - 2.0 / (9 * freedom))) / Math.sqrt(2.0 / (9 * freedom));
        assertThat(deviate).as("χ² %f of %d", chiSquare, freedom).isLessThan(4.75);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aModelThatCannotTakeTokensBackRunsPlain(int unable) {
        List<FakeModel> models = List.of(counting(1), counting(9), counting(2));
        models.get(unable).withoutCapabilities();
        var model = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        var request = GenerationRequest.of(PROMPT).withMaxTokens(20);
        List<Integer> plain = ids(generate(model, request, Speculation.OFF));
        for (Speculation speculation : List.of(Speculation.of(4), Speculation.AUTO)) {
            try (var generator = Generator.open(model, DecoderOptions.DEFAULT, speculation)) {
                assertThat(ids(generator.generate(request))).isEqualTo(plain);
                assertThat(generator.guesses().guesses()).isZero();
            }
        }
        assertThat(generate(models.get(unable), request, Speculation.AUTO).tokens())
                .hasSize(20);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aGuessThatFailsCostsTimeAndNoAnswer(int failing) {
        List<FakeModel> models = List.of(counting(1), counting(9), counting(2));
        var model = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        var request = GenerationRequest.of(PROMPT).withMaxTokens(20);
        List<Integer> plain = ids(generate(model, request, Speculation.OFF));
        for (int at = 1; at < 19; at++) {
            int when = at;
            try (var scheduler = Scheduler.open(model, DecoderOptions.DEFAULT.withSequences(2), Speculation.of(3))) {
                List<GenerationEvent> events = new ArrayList<>();
                var first = scheduler.submit(request, new Cancellation(), event -> {
                    events.add(event);
                    models.get(failing).failNext = events.size() == when;
                });
                var second = scheduler.submit(request);
                while (scheduler.step()) {
                    // Until all are done.
                }
                assertThat(ids(first.resultNow())).isEqualTo(plain);
                assertThat(ids(second.resultNow())).isEqualTo(plain);
            }
        }
    }

    @Test
    void refusesNumbersThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> Speculation.of(17));
        assertThatIllegalArgumentException().isThrownBy(() -> Speculation.of(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Speculation(3, 2));
    }

    @Test
    void tellsOfABrokenExpertAsThePlainLoopDoes() {
        FakeModel expert =
                new FakeModel(1, SIZE).withLogits((tokens, count, row) -> row[3] = count > 5 ? Float.NaN : 1);
        var model = ProxyTunedModel.of(counting(9), expert, counting(2));
        var request = GenerationRequest.of(PROMPT).withMaxTokens(20);
        for (Speculation speculation : List.of(Speculation.OFF, Speculation.of(4), Speculation.AUTO)) {
            assertThatExceptionOfType(InvalidLogitsException.class)
                    .isThrownBy(() -> generate(model, request, speculation))
                    .withMessageContaining("expert");
        }
    }
}
