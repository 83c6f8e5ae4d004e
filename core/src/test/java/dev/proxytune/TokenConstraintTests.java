package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TokenConstraintTests {
    private static final int SIZE = 40;
    private static final int END = 39;

    private final FakeVocabulary vocabulary = new FakeVocabulary(SIZE).withEnds(END);
    private final FakeConstraint constraint = new FakeConstraint(6);

    /** Allow even tokens only, and the end after as many of them as told. */
    private static final class FakeConstraint implements TokenConstraint {
        private final int length;
        private final List<Integer> accepted = new ArrayList<>();
        private int begun;
        private int closed;
        private int applied;

        FakeConstraint(int length) {
            this.length = length;
        }

        @Override
        public State begin() {
            begun++;
            return new State() {
                private int tokens;
                private boolean over;

                @Override
                public boolean allows(int token) {
                    assertThat(over).isFalse();
                    return token == END ? tokens == length : token % 2 == 0 && tokens < length;
                }

                @Override
                public void apply(float[] logits) {
                    applied++;
                    for (int id = 0; id < logits.length; id++) {
                        logits[id] = allows(id) ? logits[id] : Float.NEGATIVE_INFINITY;
                    }
                }

                @Override
                public void accept(int token) {
                    assertThat(allows(token)).as("token %d", token).isTrue();
                    accepted.add(token);
                    tokens++;
                }

                @Override
                public void close() {
                    closed += over ? 0 : 1;
                    over = true;
                }
            };
        }
    }

    private GenerationRequest request(Sampling sampling) {
        return GenerationRequest.of(Prompt.of(1, 2)).withSampling(sampling.withConstraint(constraint));
    }

    private static List<Integer> ids(Completion completion) {
        return completion.tokens().stream().map(GeneratedToken::id).toList();
    }

    @Test
    void anAnswerConsistsOfAllowedTokensAndEndsWhereItMay() {
        for (var sampling : List.of(
                Sampling.GREEDY,
                Sampling.atTemperature(3),
                Sampling.atTemperature(3).withTopK(2))) {
            constraint.accepted.clear();
            try (var generator = Generator.open(new FakeModel(1, vocabulary))) {
                Completion completion = generator.generate(request(sampling));
                assertThat(ids(completion)).hasSize(6).allMatch(id -> id % 2 == 0);
                assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
                var all = new ArrayList<>(ids(completion));
                all.add(END);
                assertThat(constraint.accepted).isEqualTo(all);
            }
            assertThat(constraint.closed).isEqualTo(constraint.begun);
        }
        assertThat(constraint.begun).isEqualTo(3);
    }

    @Test
    void theLikeliestAllowedTokenIsTakenAndTheRowAskedAboutOnlyWhereNeeded() {
        var falling = new FakeModel(1, vocabulary).withLogits((tokens, count, row) -> {
            for (int id = 0; id < row.length; id++) {
                row[id] = (count < 5 ? -1 : 1) * Math.abs(id - 4) - (id == END ? 1000 : 0);
            }
        });
        try (var generator = Generator.open(falling)) {
            assertThat(ids(generator.generate(request(Sampling.GREEDY)))).containsExactly(4, 4, 4, 38, 38, 38);
        }
        assertThat(constraint.applied).as("38 and the end").isEqualTo(1);
    }

    @Test
    void drawingAtATemperatureIsAsIfOnlyAllowedTokensExisted() {
        float[] logits = new float[8];
        double sum = 0;
        for (int id = 0; id < 8; id++) {
            logits[id] = (id * 5 % 7) * 0.3f;
            sum += id % 2 == 0 ? Math.exp(logits[id] / 0.8) : 0;
        }
        var free = new FakeConstraint(Integer.MAX_VALUE);
        int[] counts = new int[8];
        int draws = 100_000;
        var sampling = Sampling.atTemperature(0.8f).withSeed(5).withConstraint(free);
        try (var sampler = new Sampler(sampling, new SamplerScratch(8))) {
            for (int i = 0; i < draws; i++) {
                counts[sampler.sample(new ArrayRow(logits), new TokenHistory(Prompt.of(0)))]++;
            }
        }
        double chi = 0;
        for (int id = 0; id < 8; id++) {
            double expected = id % 2 == 0 ? draws * Math.exp(logits[id] / 0.8) / sum : 0;
            if (expected == 0) {
                assertThat(counts[id]).isZero();
            } else {
                chi += Math.pow(counts[id] - expected, 2) / expected;
            }
        }
        assertThat(chi).isLessThan(3 + 5 * Math.sqrt(6));
        assertThat(free.closed).isEqualTo(1);
    }

    @Test
    void anAnswerFailsWhereNothingIsAllowedAndOthersGoOn() {
        var evenBanned = new HashMap<Integer, Float>();
        for (int id = 0; id < SIZE; id += 2) {
            evenBanned.put(id, Float.NEGATIVE_INFINITY);
        }
        try (var scheduler = Scheduler.open(new FakeModel(1, vocabulary), DecoderOptions.DEFAULT.withSequences(2))) {
            CompletableFuture<Completion> bad =
                    scheduler.submit(request(Sampling.GREEDY.withLogitBias(Map.copyOf(evenBanned))));
            CompletableFuture<Completion> good = scheduler.submit(request(Sampling.GREEDY));
            while (scheduler.step()) {}
            assertThat(bad.exceptionNow())
                    .isInstanceOf(ConstraintException.class)
                    .hasMessageContaining("after 0 tokens");
            assertThat(good.resultNow().tokens()).hasSize(6);
        }
        assertThat(constraint.closed).isEqualTo(2);
    }

    @Test
    void whatAnAnswerHoldsIsFreedHoweverItEnds() {
        var model = new FakeModel(1, vocabulary);
        try (var generator = Generator.open(model)) {
            generator.generate(request(Sampling.GREEDY).withMaxTokens(2));
            assertThat(constraint.closed).isEqualTo(1);
            var cancellation = new Cancellation();
            generator.generate(request(Sampling.GREEDY), cancellation, event -> cancellation.cancel());
            assertThat(constraint.closed).isEqualTo(2);
            assertThatIllegalStateException()
                    .isThrownBy(() -> generator.generate(request(Sampling.GREEDY), new Cancellation(), event -> {
                        throw new IllegalStateException();
                    }));
            assertThat(constraint.closed).isEqualTo(3);
            generator.generate(request(Sampling.GREEDY).withMaxTokens(0));
        }
        var scheduler = Scheduler.open(model, DecoderOptions.DEFAULT);
        CompletableFuture<Completion> unfinished = scheduler.submit(request(Sampling.GREEDY));
        scheduler.step();
        scheduler.close();
        assertThat(unfinished).isCompletedExceptionally();
        assertThat(constraint.closed).isEqualTo(4);
        assertThat(constraint.begun).isEqualTo(4);
    }

    @Test
    void anExpertsEndTokensEndAnAnswerWhereTheTargetsMay() {
        var target = new FakeModel(1, vocabulary) {
            @Override
            public TokenConstraint constraint(String grammar) {
                return constraint;
            }
        };
        var expert = new FakeModel(2, new FakeVocabulary(SIZE).withEnds(4));
        try (var model = ProxyTunedModel.of(target, List.of(ExpertPair.ofExpert(expert)));
                var state = model.constraint("").begin()) {
            for (int token = 0; token < 6; token++) {
                assertThat(state.allows(4)).isFalse();
                assertThat(after(state)).doesNotContain(4, END).contains(2, 6);
                state.accept(2);
            }
            assertThat(state.allows(4)).isTrue();
            assertThat(after(state)).containsExactly(4, END);
            state.accept(4);
        }
        assertThat(constraint.accepted).containsOnly(2);
        assertThat(constraint.closed).isEqualTo(1);
    }

    private static List<Integer> after(TokenConstraint.State state) {
        float[] logits = new float[SIZE];
        state.apply(logits);
        List<Integer> allowed = new ArrayList<>();
        for (int id = 0; id < SIZE; id++) {
            if (logits[id] == 0) {
                allowed.add(id);
            }
        }
        return allowed;
    }

    @Test
    void aModelThatCannotBeConstrainedSaysSo() {
        assertThatExceptionOfType(UnsupportedCapabilityException.class)
                .isThrownBy(() -> new FakeModel(1, vocabulary).constraint("root ::= \"a\""));
    }
}
