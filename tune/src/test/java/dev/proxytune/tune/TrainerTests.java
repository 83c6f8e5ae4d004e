package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Cancellation;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTests {
    private static final ModelShape SHAPE = ModelShape.llama(16, 2, 2, 1, 24, 40, 16);
    private static final BatchPlan PLAN = new BatchPlan(2, 8, 1, 0);
    private static final BatchSource DATA = new RandomBatches(PLAN, 40, 0.7);
    private static final LoraSettings DROPPING =
            new LoraSettings(2, 4, 0.5f, EnumSet.allOf(LoraSettings.Projection.class));
    private static final int STEPS = 12;

    /** What is trained. */
    enum Kind {
        SINGLE(Precision.F32),
        BRAIN(Precision.BF16),
        LORA(Precision.F32);

        private final Precision precision;

        Kind(Precision precision) {
            this.precision = precision;
        }

        private Transformer model() {
            var model = Transformer.random(SHAPE, 3, Compute.EXACT.withPrecision(precision));
            if (this == LORA) {
                model.addLora(DROPPING, 5);
            }
            return model;
        }
    }

    @TempDir
    private Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private static TrainingSettings settings(int steps, double rate, int accumulation, int validateEvery) {
        return new TrainingSettings(
                steps, rate, 2, 0.1, 0.1, 0.9, 0.95, 1, accumulation, validateEvery, Duration.ofDays(1));
    }

    private static TrainingSettings withInterval(TrainingSettings it, Duration interval) {
        return new TrainingSettings(
                it.steps(),
                it.learningRate(),
                it.warmup(),
                it.finalFraction(),
                it.weightDecay(),
                it.beta1(),
                it.beta2(),
                it.clip(),
                it.accumulation(),
                it.validateEvery(),
                interval);
    }

    private Path checkpoint() {
        return folder.resolve("checkpoint");
    }

    private LossCurve train(Transformer model, BatchSource data, TrainingSettings settings, TrainingListener listener) {
        return train(model, data, settings, listener, new Cancellation());
    }

    private LossCurve train(
            Transformer model,
            BatchSource data,
            TrainingSettings settings,
            TrainingListener listener,
            Cancellation cancellation) {
        var description = new LinkedHashMap<>(Map.of("kind", "test"));
        return new Trainer(model, data, settings, 9, description, checkpoint()).run(listener, cancellation);
    }

    private static Map<String, float[]> weights(Transformer model) {
        var weights = new LinkedHashMap<String, float[]>();
        model.parameters().forEach((name, tensor) -> weights.put(name, Torch.toArray(tensor)));
        return weights;
    }

    private static void assertSame(Map<String, float[]> one, Map<String, float[]> other) {
        assertThat(one.keySet()).isEqualTo(other.keySet()).isNotEmpty();
        one.forEach((name, values) -> assertThat(values).as(name).containsExactly(other.get(name)));
    }

    /** A run that nothing breaks. */
    private record Whole(Map<String, float[]> weights, String csv) {}

    private Whole whole(Kind kind, TrainingSettings settings) {
        try (var model = kind.model()) {
            LossCurve curve = train(model, DATA, settings, _ -> {});
            assertThat(checkpoint()).doesNotExist();
            return new Whole(weights(model), curve.csv());
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsAloneAndCancelledAndResumedWithTheSameWeights(Kind kind) {
        var settings = settings(STEPS, 0.01, 2, 5);
        Whole whole = whole(kind, settings);
        for (int last : new int[] {1, 5, 11}) {
            var cancellation = new Cancellation();
            try (var model = kind.model()) {
                LossCurve part = train(
                        model,
                        DATA,
                        settings,
                        progress -> {
                            if (progress.done() == last) {
                                cancellation.cancel();
                            }
                        },
                        cancellation);
                assertThat(part.points()).hasSize(last);
            }
            List<Integer> resumed = resume(kind, settings, whole);
            assertThat(resumed).containsExactly(last, STEPS);
        }
    }

    /** Finish a run with new objects, as a new process would, and return what the listener heard of resuming. */
    private List<Integer> resume(Kind kind, TrainingSettings settings, Whole whole) {
        var resumed = new ArrayList<Integer>();
        try (var model = kind.model()) {
            LossCurve curve = train(model, DATA, settings, new TrainingListener() {
                @Override
                public void onStep(TrainingProgress progress) {}

                @Override
                public void onResume(int done, int steps) {
                    resumed.addAll(List.of(done, steps));
                }
            });
            assertSame(weights(model), whole.weights());
            assertThat(curve.csv()).isEqualTo(whole.csv());
        } finally {
            checkpoint().toFile().delete();
        }
        return resumed;
    }

    @ParameterizedTest
    @EnumSource
    void endsKilledAndResumedWithTheSameWeights(Kind kind) {
        var settings = settings(STEPS, 0.01, 1, 0);
        Whole whole = whole(kind, settings);
        var saving = withInterval(settings, Duration.ZERO);
        for (int last : new int[] {4, 7, 8}) {
            try (var model = kind.model()) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> train(model, DATA, saving, progress -> {
                            if (progress.done() == last) {
                                throw new IllegalStateException("killed");
                            }
                        }));
            }
        }
        // The checkpoint of the step before is the last there is.
        assertThat(resume(kind, settings, whole)).containsExactly(7, STEPS);
    }

    @Test
    void dropsOthersInEveryStep() {
        TokenBatch same = DATA.batch(0);
        var norms = new ArrayList<Double>();
        try (var model = Kind.LORA.model()) {
            train(model, new Repeated(same), settings(4, 1e-9, 1, 0), progress -> norms.add(progress.gradientNorm()));
        }
        assertThat(norms).hasSize(4).doesNotHaveDuplicates();
        try (var model = Kind.LORA.model()) {
            var again = new ArrayList<Double>();
            train(model, new Repeated(same), settings(4, 1e-9, 1, 0), progress -> again.add(progress.gradientNorm()));
            assertThat(again).isEqualTo(norms);
        }
    }

    /** The same batch again and again. */
    private record Repeated(TokenBatch batch) implements BatchSource {
        @Override
        public TokenBatch batch(long number) {
            return batch;
        }

        @Override
        public long batches(int passes) {
            return passes;
        }

        @Override
        public List<TokenBatch> validation() {
            return List.of();
        }
    }

    /** The rows of the batches of another source, each batch in two. */
    private record Halves(BatchSource whole) implements BatchSource {
        @Override
        public TokenBatch batch(long number) {
            TokenBatch both = whole.batch(number / 2);
            int rows = both.rows() / 2;
            int from = (int) (number % 2) * rows * both.length();
            int to = from + rows * both.length();
            return new TokenBatch(
                    rows,
                    both.length(),
                    Arrays.copyOfRange(both.ids(), from, to),
                    Arrays.copyOfRange(both.targets(), from, to),
                    new int[0]);
        }

        @Override
        public long batches(int passes) {
            return whole.batches(passes) * 2;
        }

        @Override
        public List<TokenBatch> validation() {
            return whole.validation();
        }
    }

    @Test
    void accumulatesTheGradientOfTheWholeFromItsParts() {
        try (var model = Kind.SINGLE.model()) {
            Map<String, float[]> whole = gradients(model, List.of(DATA.batch(0)));
            var halves = new Halves(DATA);
            assertThat(halves.batch(0).counted()).isNotEqualTo(halves.batch(1).counted());
            Map<String, float[]> parts = gradients(model, List.of(halves.batch(0), halves.batch(1)));
            whole.forEach((name, gradient) -> assertThat(parts.get(name))
                    .as(name)
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(gradient));
        }
    }

    /** Return the gradients of the mean loss over the counted tokens of all batches, and forget them. */
    private static Map<String, float[]> gradients(Transformer model, List<TokenBatch> batches) {
        var gradients = new LinkedHashMap<String, float[]>();
        try (var optimizer = new AdamW(model, settings(1, 1e-3, 1, 0));
                var _ = new PointerScope()) {
            batches.forEach(batch -> model.loss(batch).backward());
            optimizer.scale(1.0 / batches.stream().mapToInt(TokenBatch::counted).sum());
            model.parameters().forEach((name, tensor) -> gradients.put(name, Torch.toArray(tensor.grad())));
            optimizer.scale(0);
        }
        return gradients;
    }

    @Test
    void takesAccumulatedBatchesAsOneOfTheirSize() {
        var whole = new ArrayList<TrainingProgress>();
        var parts = new ArrayList<TrainingProgress>();
        try (var model = Kind.SINGLE.model()) {
            train(model, DATA, settings(3, 1e-3, 1, 0), whole::add);
        }
        try (var model = Kind.SINGLE.model()) {
            train(model, new Halves(DATA), settings(3, 1e-3, 2, 0), parts::add);
        }
        for (int step = 0; step < 3; step++) {
            assertThat(parts.get(step).loss()).isCloseTo(whole.get(step).loss(), within(1e-4f));
            assertThat(parts.get(step).gradientNorm()).isCloseTo(whole.get(step).gradientNorm(), within(1e-4));
            assertThat(parts.get(step).tokens()).isEqualTo(whole.get(step).tokens());
        }
    }

    @Test
    void countsOnlyTokensThatAreToCount() {
        TokenBatch batch = DATA.batch(4);
        assertThat(batch.counted()).isBetween(1, 15);
        int[] ids = batch.ids().clone();
        int[] targets = batch.targets().clone();
        // In the last place of a row nothing that counts comes after it.
        ids[15] = (ids[15] + 1) % 40;
        targets[15] = TokenBatch.UNCOUNTED;
        var masked = new TokenBatch(2, 8, batch.ids(), targets, new int[0]);
        var other = new TokenBatch(2, 8, ids, targets, new int[0]);
        var losses = new ArrayList<Float>();
        for (TokenBatch one : List.of(masked, other)) {
            try (var model = Kind.SINGLE.model()) {
                double expected = model.evaluate(one) / one.counted();
                train(model, new Repeated(one), settings(2, 0.01, 1, 0), progress -> losses.add(progress.loss()));
                assertThat(losses.get(losses.size() - 2)).isCloseTo((float) expected, within(1e-4f));
            }
        }
        assertThat(losses.subList(2, 4)).isEqualTo(losses.subList(0, 2));
    }

    @Test
    void passesOverBatchesInWhichNothingCounts() {
        int[] nothing = new int[16];
        Arrays.fill(nothing, TokenBatch.UNCOUNTED);
        int[] ids = new Random(2).ints(16, 0, 40).toArray();
        var empty = new TokenBatch(2, 8, ids, nothing, new int[0]);
        var source = new BatchSource() {
            @Override
            public TokenBatch batch(long number) {
                return number % 3 == 2 ? DATA.batch(number) : empty;
            }

            @Override
            public long batches(int passes) {
                return passes;
            }

            @Override
            public List<TokenBatch> validation() {
                return List.of(empty);
            }
        };
        var seen = new ArrayList<TrainingProgress>();
        try (var model = Kind.SINGLE.model()) {
            train(model, source, settings(2, 0.01, 2, 1), seen::add);
        }
        // The first step has the batches 0 and 1, the second 2 and 3.
        assertThat(seen.getFirst().loss()).isZero();
        assertThat(seen.getFirst().gradientNorm()).isZero();
        assertThat(seen.getLast().loss()).isPositive();
        assertThat(seen).allMatch(progress -> progress.validationLoss().isEmpty());
    }

    @Test
    void measuresTheModelOnWhatWasHeldOut() {
        var seen = new ArrayList<TrainingProgress>();
        try (var model = Kind.SINGLE.model()) {
            LossCurve curve = train(model, DATA, settings(7, 0.01, 1, 3), seen::add);
            assertThat(seen.stream()
                            .filter(progress -> progress.validationLoss().isPresent())
                            .map(TrainingProgress::done))
                    .containsExactly(3, 6, 7);
            double sum = 0;
            int counted = 0;
            for (TokenBatch batch : DATA.validation()) {
                sum += model.evaluate(batch);
                counted += batch.counted();
            }
            assertThat(seen.getLast().validationLoss()).hasValueCloseTo(sum / counted, within(1e-6));
            assertThat(curve.points().getLast().validationLoss()).isCloseTo((float) (sum / counted), within(1e-6f));
            assertThat(curve.points().getFirst().validationLoss()).isNaN();
        }
    }

    @Test
    void tellsOfEveryStep() {
        var seen = new ArrayList<TrainingProgress>();
        var settings = settings(5, 0.01, 3, 0);
        try (var model = Kind.SINGLE.model()) {
            LossCurve curve = train(model, DATA, settings, seen::add);
            assertThat(curve.points()).hasSize(5);
        }
        assertThat(seen.stream().map(TrainingProgress::done)).containsExactly(1, 2, 3, 4, 5);
        for (TrainingProgress progress : seen) {
            assertThat(progress.steps()).isEqualTo(5);
            assertThat(progress.tokens()).isEqualTo(progress.done() * 3L * 16);
            assertThat(progress.learningRate()).isEqualTo(settings.learningRate(progress.done() - 1));
            assertThat(progress.tokensPerSecond()).isPositive();
            assertThat(progress.remaining()).isGreaterThanOrEqualTo(Duration.ZERO);
        }
        assertThat(seen.getLast().remaining()).isZero();
        assertThat(seen.getLast().loss()).isLessThan(seen.getFirst().loss() * 1.2f);
    }

    @Test
    void leavesNothingIfCancelledBeforeTheFirstStep() {
        var cancellation = new Cancellation();
        cancellation.cancel();
        try (var model = Kind.SINGLE.model()) {
            Map<String, float[]> before = weights(model);
            assertThat(train(model, DATA, settings(3, 0.01, 1, 0), _ -> {}, cancellation)
                            .points())
                    .isEmpty();
            assertSame(weights(model), before);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void keepsTheLastCheckpointWhenTheTrainingDiverges() throws IOException {
        var last = new ArrayList<Integer>();
        var settings = withInterval(settings(40, 10, 1, 0), Duration.ZERO);
        try (var model = Kind.SINGLE.model()) {
            assertThatExceptionOfType(ProxyTuneException.class)
                    .isThrownBy(() -> train(model, DATA, settings, progress -> last.add(progress.done())))
                    .satisfies(e -> assertThat(e.getMessage())
                            .hasLineCount(1)
                            .contains(
                                    "diverged in step " + (last.getLast() + 1),
                                    "--lr",
                                    checkpoint().toString()));
        }
        assertThat(GgufFile.readHeader(checkpoint()).metadata().integer("proxytune.checkpoint.steps_done"))
                .hasValue(last.getLast());
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(checkpoint());
        }
    }

    @Test
    void noticesFirstByWhatWasHeldOutThatTheTrainingDiverges() {
        try (var model = Kind.SINGLE.model()) {
            assertThatExceptionOfType(ProxyTuneException.class)
                    .isThrownBy(() -> train(model, DATA, settings(40, 10, 1, 1), _ -> {}))
                    .satisfies(e ->
                            assertThat(e.getMessage()).hasLineCount(1).contains("step 1:", "validation loss", "--lr"));
        }
        assertThat(folder).isEmptyDirectory();
    }
}
