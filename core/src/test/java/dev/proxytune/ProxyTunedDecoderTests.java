package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyTunedDecoderTests {
    private static final int SIZE = 50;
    private static final Prompt PROMPT = Prompt.of(1, 2, 3);

    private final FakeModel target = new FakeModel(1, SIZE);
    private final FakeModel expert = new FakeModel(2, SIZE);
    private final FakeModel antiExpert = new FakeModel(3, SIZE);
    private final Batch batch = new Batch();

    @Test
    void rowsAreTheTargetsBitForBitAndExpertsRestWhereAlphaIsZero() {
        assertSame(
                rows(trio(), Steering.NONE, 5, 6),
                List.of(target.rowAfter(1, 2, 3), target.rowAfter(1, 2, 3, 5), target.rowAfter(1, 2, 3, 5, 6)));
        assertThat(expert.decodedTokens).isZero();
        assertThat(antiExpert.decodedTokens).isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {-3, 0.3f, 1, 1e10f})
    void rowsAreTheTargetsBitForBitWhereExpertAndAntiExpertAgree(float alpha) {
        var twin = new FakeModel(2, SIZE);
        assertSame(rows(ProxyTunedModel.of(target, expert, twin), Steering.of(alpha), 5, 6), rows(target, 5, 6));
        var small = new FakeModel(2, SIZE - 9);
        var smallTwin = new FakeModel(2, SIZE - 9);
        assertSame(rows(ProxyTunedModel.of(target, small, smallTwin), Steering.of(alpha), 5, 6), rows(target, 5, 6));
    }

    @Test
    void rowsAreTheExpertsWhereTargetAndAntiExpertAgree() {
        var model = ProxyTunedModel.of(target, expert, new FakeModel(1, SIZE));
        assertClose(rows(model, Steering.DEFAULT, 5, 6), rows(expert, 5, 6));
    }

    @ParameterizedTest
    @ValueSource(ints = {SIZE - 7, SIZE, SIZE + 7})
    void aConstantInAnyRowChangesNoProbability(int expertSize) {
        for (int role = 0; role < 3; role++) {
            var steering = Steering.of(1.5f);
            float[] plain = rows(trio(expertSize, -1), steering, 5).getLast();
            float[] moved = rows(trio(expertSize, role), steering, 5).getLast();
            assertThat(logSoftmax(moved)).as("role %d", role).containsExactly(logSoftmax(plain), within(1e-4));
        }
    }

    private static ProxyTunedModel trio(int expertSize, int moved) {
        var models =
                new FakeModel[] {new FakeModel(1, SIZE), new FakeModel(2, expertSize), new FakeModel(3, expertSize)};
        if (moved >= 0) {
            models[moved].plus(11.5f);
        }
        return ProxyTunedModel.of(models[0], models[1], models[2]);
    }

    @Test
    void leavesIdsThatAPairLacksWhereTheTargetHasThem() {
        var model = trio(SIZE - 7, -1);
        float[] row = rows(model, Steering.of(2), 5).getLast();
        float[] alone = target.rowAfter(1, 2, 3, 5);
        assertThat(Arrays.copyOfRange(row, SIZE - 7, SIZE)).isEqualTo(Arrays.copyOfRange(alone, SIZE - 7, SIZE));
        assertThat(row[0]).isNotEqualTo(alone[0]);
    }

    @Test
    void aProxyTunedModelCanBeTargetAndExpertOfAnother() {
        var inner = ProxyTunedModel.of(new FakeModel(1, SIZE), new FakeModel(2, SIZE), new FakeModel(3, SIZE));
        var asTarget = ProxyTunedModel.of(inner, new FakeModel(4, SIZE), new FakeModel(5, SIZE));
        var flat = ProxyTunedModel.of(
                target,
                List.of(
                        ExpertPair.of(expert, antiExpert),
                        ExpertPair.of(new FakeModel(4, SIZE), new FakeModel(5, SIZE))));
        assertClose(rows(asTarget, Steering.DEFAULT, 5, 6), rows(flat, Steering.DEFAULT, 5, 6));

        var asExpert = ProxyTunedModel.of(new FakeModel(6, SIZE), List.of(ExpertPair.ofExpert(inner)));
        var flatExpert = ProxyTunedModel.of(
                new FakeModel(6, SIZE), List.of(ExpertPair.ofExpert(target), ExpertPair.of(expert, antiExpert)));
        assertClose(rows(asExpert, Steering.DEFAULT, 5, 6), rows(flatExpert, Steering.DEFAULT, 5, 6));
    }

    @Test
    void aNestedModelWithoutPromptOfItsOwnReadsTheTargetsTokensInAllRoles() {
        var inner = ProxyTunedModel.of(expert, new FakeModel(7, SIZE), new FakeModel(8, SIZE));
        var model = ProxyTunedModel.of(target, new FakeModel(9, SIZE), inner);
        var withExpertPrompt = Prompt.of(new int[] {1, 2, 3}, List.of(Prompt.of(40, 41)), List.of());
        float[] row = rows(model, withExpertPrompt, Steering.DEFAULT, 5).getLast();

        float[] expected = target.rowAfter(1, 2, 3, 5);
        add(expected, new FakeModel(9, SIZE).rowAfter(40, 41, 5), 1);
        add(expected, expert.rowAfter(1, 2, 3, 5), -1);
        add(expected, new FakeModel(7, SIZE).rowAfter(1, 2, 3, 5), -1);
        add(expected, new FakeModel(8, SIZE).rowAfter(1, 2, 3, 5), 1);
        assertThat(row).containsExactly(expected, within(1e-4f));
    }

    /** Run random scripts against a reference that knows only the formula. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void anyScriptOfStartsAppendsRewindsForksAndFailuresYieldsTheRowsOfTheFormula(long seed) {
        new Script(seed).run();
    }

    private final class Script {
        private static final int SEQUENCES = 3;
        private final long seed;
        private final SplittableRandom steps;
        private final List<ExpertPair> pairs = new ArrayList<>();
        private final List<FakeModel> models = new ArrayList<>(List.of(target));
        private final @Nullable Prompt[] prompts = new Prompt[SEQUENCES];
        private final Steering[] steerings = new Steering[SEQUENCES];
        private final List<List<Integer>> answers = new ArrayList<>();
        private final Decoder decoder;

        Script(long seed) {
            this.seed = seed;
            this.steps = new SplittableRandom(seed);
            int count = 1 + steps.nextInt(3);
            for (int pair = 0; pair < count; pair++) {
                int kind = steps.nextInt(4);
                int size = SIZE + steps.nextInt(3) * 5;
                pairs.add(new ExpertPair(
                        kind == 0 ? Optional.empty() : Optional.of(model(100 + pair, size)),
                        kind == 1 ? Optional.empty() : Optional.of(model(200 + pair, size))));
            }
            models.forEach(model -> model.on("device " + steps.nextInt(3)));
            decoder = ProxyTunedModel.of(target, pairs).open(new DecoderOptions(SEQUENCES, 0, 12));
            for (int i = 0; i < SEQUENCES; i++) {
                steerings[i] = Steering.DEFAULT;
                answers.add(new ArrayList<>());
            }
        }

        private FakeModel model(long modelSeed, int size) {
            if (steps.nextInt(4) == 0) {
                return models.get(steps.nextInt(models.size()));
            }
            var model = new FakeModel(modelSeed, size);
            models.add(model);
            return model;
        }

        void run() {
            for (int step = 0; step < 300; step++) {
                int sequence = steps.nextInt(SEQUENCES);
                int other = steps.nextInt(SEQUENCES);
                switch (steps.nextInt(8)) {
                    case 0 -> rewind(sequence);
                    case 1 -> fork(sequence, other);
                    default -> decode(steps.nextInt(12) == 0);
                }
            }
        }

        private void rewind(int sequence) {
            if (prompts[sequence] == null) {
                assertThatIllegalArgumentException()
                        .isThrownBy(
                                () -> decoder.require(Capability.Rewind.class).rewind(sequence, 0));
                return;
            }
            List<Integer> answer = answers.get(sequence);
            int length = steps.nextInt(answer.size() + 1);
            decoder.require(Capability.Rewind.class).rewind(sequence, length);
            answer.subList(length, answer.size()).clear();
            assertThat(decoder.length(sequence)).isEqualTo(length);
        }

        private void fork(int from, int to) {
            var fork = decoder.require(Capability.Fork.class);
            if (prompts[from] == null) {
                assertThatIllegalArgumentException().isThrownBy(() -> fork.fork(from, to));
                return;
            }
            fork.fork(from, to);
            prompts[to] = prompts[from];
            steerings[to] = steerings[from];
            answers.set(to, new ArrayList<>(answers.get(from)));
        }

        private void decode(boolean fail) {
            batch.clear();
            List<float[]> expected = new ArrayList<>();
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                if (steps.nextInt(3) == 0) {
                    continue;
                }
                if (prompts[sequence] == null || steps.nextInt(6) == 0) {
                    boolean wanted = steps.nextBoolean();
                    start(sequence, wanted);
                    want(wanted, sequence, expected);
                }
                int appends = steps.nextInt(4);
                for (int i = 0; i < appends; i++) {
                    int token = steps.nextInt(SIZE);
                    boolean wanted = steps.nextBoolean();
                    batch.append(sequence, token, wanted);
                    answers.get(sequence).add(token);
                    want(wanted, sequence, expected);
                }
            }
            if (fail && batch.size() > 0) {
                failing();
                return;
            }
            decoder.decode(batch);
            for (int row = 0; row < expected.size(); row++) {
                assertThat(FakeModel.copyOf(decoder.row(row)))
                        .as("seed %d, row %d", seed, row)
                        .containsExactly(expected.get(row), within(1e-3f));
            }
        }

        private void failing() {
            FakeModel broken = models.get(steps.nextInt(models.size()));
            broken.failNext = true;
            try {
                decoder.decode(batch);
                broken.failNext = false; // it had nothing to decode
            } catch (ProxyTuneException e) {
                for (int entry = 0; entry < batch.size(); entry++) {
                    int failed = batch.sequence(entry);
                    prompts[failed] = null;
                    answers.get(failed).clear();
                    assertThatIllegalArgumentException()
                            .as("seed %d", seed)
                            .isThrownBy(() -> decoder.decode(new Batch().append(failed, 1, true)));
                }
            }
        }

        private void start(int sequence, boolean wanted) {
            List<Prompt> experts = new ArrayList<>();
            List<Prompt> antiExperts = new ArrayList<>();
            for (int pair = 0; pair < pairs.size() && steps.nextInt(4) > 0; pair++) {
                experts.add(prompt());
                antiExperts.add(prompt());
            }
            Prompt prompt = Prompt.of(prompt().tokens(), experts, antiExperts);
            float[] weights = new float[40];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = new float[] {0, 0, 1, -0.5f, 2}[steps.nextInt(5)];
            }
            Steering steering = (pair, position) -> weights[(7 * pair + position / 2) % weights.length];
            batch.start(sequence, prompt, steering, wanted);
            prompts[sequence] = prompt;
            steerings[sequence] = steering;
            answers.get(sequence).clear();
        }

        private Prompt prompt() {
            return Prompt.of(IntStream.range(0, 1 + steps.nextInt(6))
                    .map(i -> steps.nextInt(SIZE))
                    .toArray());
        }

        private void want(boolean wanted, int sequence, List<float[]> expected) {
            if (!wanted) {
                return;
            }
            List<Integer> answer = answers.get(sequence);
            Prompt prompt = Objects.requireNonNull(prompts[sequence]);
            float[] row = target.rowAfter(tokens(prompt, answer));
            for (int pair = 0; pair < pairs.size(); pair++) {
                float weight = steerings[sequence].weight(pair, answer.size());
                if (pairs.get(pair).expert().orElse(null) instanceof FakeModel model) {
                    add(row, model.rowAfter(tokens(prompt.expert(pair), answer)), weight);
                }
                if (pairs.get(pair).antiExpert().orElse(null) instanceof FakeModel model) {
                    add(row, model.rowAfter(tokens(prompt.antiExpert(pair), answer)), -weight);
                }
            }
            expected.add(row);
        }
    }

    @Test
    void decodesForAPairOnlyWhatItsScheduleNeedsAndOnlyOnce() {
        Decoder decoder = trio().open(DecoderOptions.DEFAULT);
        Steering late = (pair, position) -> position >= 3 && position != 5 ? 1 : 0;
        decoder.decode(batch.clear().start(0, PROMPT, late, true));
        for (int token = 10; token < 12; token++) {
            decoder.decode(batch.clear().append(0, token, true));
        }
        assertThat(expert.decodedTokens).isZero();
        decoder.decode(batch.clear().append(0, 12, true));
        assertThat(expert.decodedTokens).isEqualTo(6);
        assertThat(expert.decodes).isEqualTo(1);
        decoder.decode(batch.clear().append(0, 13, true));
        decoder.decode(batch.clear().append(0, 14, true));
        assertThat(expert.decodedTokens).isEqualTo(7);
        decoder.decode(batch.clear().append(0, 15, true));
        assertThat(expert.decodedTokens).isEqualTo(9);
        assertThat(expert.decodes).isEqualTo(3);
        assertThat(target.decodedTokens).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPairThatIsCutOffOrWarmsUpCostsWhatItUsesAndSaysTheSame(boolean warmUp) {
        Steering steering = (pair, position) -> position < 4 == warmUp ? 0 : 1.5f;
        float[][] expected = new float[8][];
        for (int i = 0; i < 8; i++) {
            int[] text = IntStream.concat(IntStream.of(1, 2, 3), IntStream.range(10, 10 + i))
                    .toArray();
            expected[i] = target.rowAfter(text);
            add(expected[i], expert.rowAfter(text), steering.weight(0, i));
            add(expected[i], antiExpert.rowAfter(text), -steering.weight(0, i));
        }
        List<float[]> rows = rows(trio(), steering, IntStream.range(10, 17).toArray());
        for (int i = 0; i < 8; i++) {
            assertThat(rows.get(i)).containsExactly(expected[i], within(1e-4f));
        }
        assertThat(expert.decodes).isEqualTo(4);
        assertThat(expert.decodedTokens).isEqualTo(warmUp ? 3 + 7 : 3 + 3);
        assertThat(antiExpert.decodedTokens).isEqualTo(expert.decodedTokens);
    }

    @Test
    void aModelInTwoRolesDecodesOnce() {
        var asExpert = ProxyTunedModel.of(target, target, antiExpert);
        var other = ProxyTunedModel.of(target, new FakeModel(1, SIZE), new FakeModel(3, SIZE));
        List<float[]> expected = rows(other, Steering.of(0.7f), 5, 6);
        target.decodedTokens = 0;
        assertSame(rows(asExpert, Steering.of(0.7f), 5, 6), expected);
        assertThat(target.decodedTokens).isEqualTo(5);
        assertThat(antiExpert.decodedTokens).isEqualTo(5);
    }

    @Test
    void twoPairsDecodeWithTheirCommonAntiExpertOnce() {
        var second = new FakeModel(4, SIZE);
        var pairs = List.of(ExpertPair.of(expert, antiExpert), ExpertPair.of(second, antiExpert));
        var apart = List.of(ExpertPair.of(expert, antiExpert), ExpertPair.of(second, new FakeModel(3, SIZE)));
        Steering steering = (pair, position) -> pair == 0 && position == 2 ? 0 : pair + 1;
        List<float[]> expected = rows(ProxyTunedModel.of(target, apart), steering, 5, 6, 7);
        antiExpert.decodedTokens = 0;
        antiExpert.decodes = 0;
        assertSame(rows(ProxyTunedModel.of(target, pairs), steering, 5, 6, 7), expected);
        // Where the first pair has no weight the second reads all by itself, in one go.
        assertThat(antiExpert.decodedTokens).isEqualTo(6 + 5);
        assertThat(antiExpert.decodes).isEqualTo(4);
    }

    @Test
    void aModelInTwoRolesReadsEachPromptOfItsOwn() {
        var prompt = Prompt.of(new int[] {1, 2, 3}, List.of(Prompt.of(7, 8)), List.of());
        float[] row = rows(ProxyTunedModel.of(target, target, antiExpert), prompt, Steering.DEFAULT, 5)
                .getLast();
        float[] expected = target.rowAfter(1, 2, 3, 5);
        add(expected, target.rowAfter(7, 8, 5), 1);
        add(expected, antiExpert.rowAfter(1, 2, 3, 5), -1);
        assertThat(row).containsExactly(expected, within(1e-4f));
    }

    @Test
    void aTargetThatIsItsOwnExpertDoesNotReadAhead() {
        Decoder decoder = ProxyTunedModel.of(target, target, antiExpert).open(new DecoderOptions(2, 0, 2));
        var prompt = Prompt.of(new int[] {1, 2, 3}, List.of(Prompt.of(7, 8)), List.of());
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true).start(1, prompt, Steering.DEFAULT, true));
        assertThat(decoder.require(Capability.Draft.class).canDraft(0, 1)).isFalse();
        assertThat(decoder.require(Capability.Draft.class).canDraft(1, 1)).isTrue();
    }

    @Test
    void namesTheRoleWhosePromptIsTooLong() {
        var model = ProxyTunedModel.of(target, expert.withContext(5), antiExpert);
        Decoder decoder = model.open(DecoderOptions.DEFAULT);
        var prompt = Prompt.of(new int[] {1}, List.of(Prompt.of(1, 2, 3, 4, 5, 6)), List.of());
        assertThatExceptionOfType(CapacityException.class)
                .isThrownBy(() -> decoder.decode(batch.clear().start(0, prompt, Steering.DEFAULT, true)))
                .withMessageContaining("The expert's context holds 5 tokens")
                .withMessageContaining("6");
        assertThat(target.decodedTokens).isZero();
        decoder.decode(batch.clear().start(0, prompt, Steering.NONE, true));
    }

    @Test
    void namesTheTargetWhereItsContextIsFull() {
        Decoder decoder =
                ProxyTunedModel.of(target.withContext(4), expert, antiExpert).open(DecoderOptions.DEFAULT);
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true).append(0, 1, false));
        assertThat(decoder.remaining(0)).isZero();
        assertThatExceptionOfType(CapacityException.class)
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 1, true)))
                .withMessageContaining("The target's context holds 4 tokens");
    }

    @Test
    void remainingIsTheRoomOfTheFullestRoleThatWillBeRun() {
        var model = ProxyTunedModel.of(target.withContext(20), expert.withContext(6), antiExpert.withContext(9));
        Decoder decoder = model.open(new DecoderOptions(4, 0, 4));
        Steering late = (pair, position) -> position >= 5 ? 1 : 0;
        Steering early = (pair, position) -> position < 3 ? 1 : 0;
        decoder.decode(batch.clear()
                .start(0, PROMPT, Steering.DEFAULT, true)
                .start(1, PROMPT, Steering.NONE, true)
                .start(2, PROMPT, late, true)
                .start(3, PROMPT, early, true));
        assertThat(IntStream.range(0, 4).map(decoder::remaining)).containsExactly(3, 17, 4, 17);
        for (int sequence = 0; sequence < 4; sequence++) {
            int room = decoder.remaining(sequence);
            for (int i = 0; i < room; i++) {
                decoder.decode(batch.clear().append(sequence, i, true));
            }
            assertThat(decoder.remaining(sequence)).isZero();
            int full = sequence;
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> decoder.decode(batch.clear().append(full, 1, true)));
        }
    }

    @Test
    void saysWhichRoleLacksATokenOfTheAnswer() {
        Decoder decoder = ProxyTunedModel.of(target, List.of(ExpertPair.ofAntiExpert(new FakeModel(4, SIZE - 5))))
                .open(DecoderOptions.DEFAULT);
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
        assertThatExceptionOfType(VocabularyMismatchException.class)
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, SIZE - 1, true)))
                .withMessageContaining("The anti-expert has no token id 49");
    }

    @Test
    void refusesNumbersThatDoNotExistAndWeightsThatAreNotFinite() {
        Decoder decoder = trio().open(DecoderOptions.DEFAULT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().start(1, PROMPT, Steering.NONE, true)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 1, true)))
                .withMessageContaining("not been started");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().start(0, PROMPT, (pair, at) -> Float.NaN, true)))
                .withMessageContaining("alpha must be a finite number");
    }

    @Test
    void findsOnlyWhatAllRolesCanDo() {
        assertThat(trio().open(DecoderOptions.DEFAULT).find(Capability.Rewind.class))
                .isPresent();
        var model = ProxyTunedModel.of(target, expert, new FakeModel(4, SIZE).withoutCapabilities());
        Decoder decoder = model.open(DecoderOptions.DEFAULT);
        assertThat(decoder.find(Capability.Fork.class)).isEmpty();
        assertThatExceptionOfType(UnsupportedCapabilityException.class)
                .isThrownBy(() -> decoder.require(Capability.Fork.class))
                .withMessageContaining("Fork");
    }

    @Test
    void aSequenceWhoseRewindOrForkFailedMustBeStartedAgain() {
        Decoder decoder = trio().open(new DecoderOptions(2, 0, 2));
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true).append(0, 4, true));
        expert.failNext = true;
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> decoder.require(Capability.Fork.class).fork(0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().append(1, 1, true)));
        decoder.decode(batch.clear().append(0, 5, true));
        antiExpert.failNext = true;
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> decoder.require(Capability.Rewind.class).rewind(0, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 1, true)));
    }

    @Test
    void whatWasReadAheadCanBeTakenBack() {
        Decoder decoder = trio().open(new DecoderOptions(1, 0, 3));
        var reader = decoder.require(Capability.Draft.class);
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(reader.canDraft(0, 3)).isTrue();
        assertThat(reader.canDraft(0, 1000)).isFalse();
        reader.draft(batch.clear().append(0, 4, true).append(0, 5, true).append(0, 6, true), false, new Cancellation());
        reader.undraft(0, 2);
        reader.draft(batch.clear().append(0, 7, true), false, new Cancellation());
        assertThat(FakeModel.copyOf(reader.draftRow(0))).isEqualTo(expert.rowAfter(1, 2, 3, 4, 7));
        assertThatIllegalArgumentException().isThrownBy(() -> reader.undraft(0, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> reader.undraft(0, -1));
        int read = expert.decodedTokens;
        decoder.decode(batch.clear().append(0, 4, true).append(0, 7, true).append(0, 8, true));
        assertThat(expert.decodedTokens).isEqualTo(read + 1);
        float[] last = FakeModel.copyOf(decoder.row(2));
        assertThat(last).isEqualTo(rows(trio(), Steering.DEFAULT, 4, 7, 8).getLast());
    }

    @Test
    void canReadAheadOnlyAsFarAsAnExpertHasAWeight() {
        Decoder decoder = trio().open(DecoderOptions.DEFAULT);
        Steering warmUp = (pair, position) -> position < 3 ? 1 : 0;
        decoder.decode(batch.clear().start(0, PROMPT, warmUp, true));
        var reader = decoder.require(Capability.Draft.class);
        assertThat(reader.canDraft(0, 2)).isTrue();
        assertThat(reader.canDraft(0, 3)).isFalse();
    }

    @Test
    void keepsRowsReadableAfterRewindingAndForking() {
        Decoder decoder = trio().open(new DecoderOptions(2, 0, 3));
        decoder.decode(batch.clear()
                .start(0, PROMPT, Steering.DEFAULT, true)
                .append(0, 4, true)
                .append(0, 5, true));
        float[] before = FakeModel.copyOf(decoder.row(1));
        decoder.require(Capability.Rewind.class).rewind(0, 1);
        decoder.require(Capability.Fork.class).fork(0, 1);
        assertThat(FakeModel.copyOf(decoder.row(1))).isEqualTo(before);
    }

    @Test
    void aCancelledDecodeLeavesOtherSequencesAlone() {
        Decoder decoder = trio().open(new DecoderOptions(2, 0, 2));
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true).start(1, PROMPT, Steering.DEFAULT, true));
        float[] expected = rows(trio(), Steering.DEFAULT, 7).getLast();
        var cancellation = new Cancellation();
        cancellation.cancel();
        assertThatExceptionOfType(CancelledException.class)
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 7, true), cancellation));
        decoder.decode(batch.clear().append(1, 7, true));
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected);
    }

    @Test
    void closesAllRolesOnceAndThenRefusesWork() {
        Decoder decoder = trio().open(DecoderOptions.DEFAULT);
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
        decoder.close();
        decoder.close();
        for (FakeModel model : List.of(target, expert, antiExpert)) {
            assertThat(model.decoders.getFirst().closedTimes).isEqualTo(1);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 1, true)));
        assertThatIllegalStateException().isThrownBy(() -> decoder.row(0));
        assertThatIllegalStateException().isThrownBy(() -> decoder.length(0));
        assertThatIllegalStateException().isThrownBy(() -> decoder.remaining(0));
        assertThatIllegalStateException().isThrownBy(() -> decoder.find(Capability.Fork.class));
    }

    @Test
    void closesWhatItOpenedIfOneRoleCannotOpen() {
        var model = ProxyTunedModel.of(target, expert, new FakeModel(4, SIZE) {
            @Override
            public Decoder open(DecoderOptions options) {
                throw new CapacityException("no room");
            }
        });
        assertThatExceptionOfType(CapacityException.class).isThrownBy(() -> model.open(DecoderOptions.DEFAULT));
        assertThat(target.decoders.getFirst().closedTimes).isEqualTo(1);
        assertThat(expert.decoders.getFirst().closedTimes).isEqualTo(1);
        model.close();
        assertThat(target.closed).isEqualTo(1);
    }

    @Test
    void refusesASecondThreadAndClosesOnlyAfterTheDecodeUnderWay() throws InterruptedException {
        var inside = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        expert.withLogits((tokens, count, row) -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Decoder decoder = trio().open(DecoderOptions.DEFAULT);
        var owner = new Thread(() -> decoder.decode(new Batch().start(0, PROMPT, Steering.DEFAULT, true)));
        owner.start();
        inside.await();
        assertThatIllegalStateException()
                .isThrownBy(() -> decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true)))
                .withMessageContaining("thread");
        var closer = new Thread(decoder::close);
        closer.start();
        closer.join(50);
        assertThat(target.decoders.getFirst().closedTimes).isZero();
        goOn.countDown();
        owner.join();
        closer.join();
        assertThat(target.decoders.getFirst().closedTimes).isEqualTo(1);
        assertThat(antiExpert.decodedTokens).isEqualTo(3);
    }

    private ProxyTunedModel trio() {
        return ProxyTunedModel.of(target, expert, antiExpert);
    }

    private static int[] tokens(Prompt prompt, List<Integer> answer) {
        return IntStream.concat(Arrays.stream(prompt.tokens()), answer.stream().mapToInt(token -> token))
                .toArray();
    }

    private static void add(float[] row, float[] other, float weight) {
        for (int id = 0; id < row.length; id++) {
            row[id] += weight * other[id];
        }
    }

    private List<float[]> rows(LanguageModel model, int... answer) {
        return rows(model, Steering.DEFAULT, answer);
    }

    private List<float[]> rows(LanguageModel model, Steering steering, int... answer) {
        return rows(model, PROMPT, steering, answer);
    }

    private static List<float[]> rows(LanguageModel model, Prompt prompt, Steering steering, int... answer) {
        List<float[]> rows = new ArrayList<>();
        try (Decoder decoder = model.open(DecoderOptions.DEFAULT)) {
            decoder.decode(new Batch().start(0, prompt, steering, true));
            rows.add(FakeModel.copyOf(decoder.row(0)));
            for (int token : answer) {
                decoder.decode(new Batch().append(0, token, true));
                rows.add(FakeModel.copyOf(decoder.row(0)));
            }
        }
        return rows;
    }

    private static void assertSame(List<float[]> rows, List<float[]> expected) {
        assertThat(rows).usingElementComparator(Arrays::compare).isEqualTo(expected);
    }

    private static void assertClose(List<float[]> rows, List<float[]> expected) {
        assertThat(rows).hasSameSizeAs(expected);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i)).containsExactly(expected.get(i), within(1e-4f));
        }
    }

    private static double[] logSoftmax(float[] row) {
        double max =
                IntStream.range(0, row.length).mapToDouble(i -> row[i]).max().orElseThrow();
        double sum = IntStream.range(0, row.length)
                .mapToDouble(i -> Math.exp(row[i] - max))
                .sum();
        return IntStream.range(0, row.length)
                .mapToDouble(i -> row[i] - max - Math.log(sum))
                .toArray();
    }
}
