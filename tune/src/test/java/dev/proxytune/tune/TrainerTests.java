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
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTests {
    private static final BatchSource DATA = TinyRuns.DATA;
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
            var model = Transformer.random(TinyRuns.SHAPE, 3, Compute.EXACT.withPrecision(precision));
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
        return TinyRuns.train(model, data, settings, checkpoint(), listener, cancellation);
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
        var settings = TinyRuns.settings(STEPS, 0.01, 2, 5);
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
        var settings = TinyRuns.settings(STEPS, 0.01, 1, 0);
        Whole whole = whole(kind, settings);
        var saving = TinyRuns.settings(STEPS, 0.01, 1, 0, Duration.ZERO);
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
            train(
                    model,
                    new TinyRuns.Repeated(same),
                    TinyRuns.settings(4, 1e-9, 1, 0),
                    progress -> norms.add(progress.gradientNorm()));
        }
        // The weights hardly move, so it is what is dropped that makes gradients differ.
        for (int step = 1; step < 4; step++) {
            assertThat(norms.get(step) / norms.get(step - 1)).isNotCloseTo(1, within(1e-3));
        }
        try (var model = Kind.LORA.model()) {
            var again = new ArrayList<Double>();
            train(
                    model,
                    new TinyRuns.Repeated(same),
                    TinyRuns.settings(4, 1e-9, 1, 0),
                    progress -> again.add(progress.gradientNorm()));
            assertThat(again).isEqualTo(norms);
        }
    }

    @Test
    void measuresTheModelOnWhatWasHeldOut() {
        var seen = new ArrayList<TrainingProgress>();
        try (var model = Kind.SINGLE.model()) {
            LossCurve curve = train(model, DATA, TinyRuns.settings(7, 0.01, 1, 3), seen::add);
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
        var settings = TinyRuns.settings(5, 0.01, 3, 0);
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
            assertThat(train(model, DATA, TinyRuns.settings(3, 0.01, 1, 0), _ -> {}, cancellation)
                            .points())
                    .isEmpty();
            assertSame(weights(model), before);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void keepsTheLastCheckpointWhenTheTrainingDiverges() throws IOException {
        var last = new ArrayList<Integer>();
        var settings = TinyRuns.settings(40, 10, 1, 0, Duration.ZERO);
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
                    .isThrownBy(() -> train(model, DATA, TinyRuns.settings(40, 10, 1, 1), _ -> {}))
                    .satisfies(e ->
                            assertThat(e.getMessage()).hasLineCount(1).contains("step 1:", "validation loss", "--lr"));
        }
        assertThat(folder).isEmptyDirectory();
    }
}
