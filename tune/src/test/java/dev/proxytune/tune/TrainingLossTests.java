package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Cancellation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLossTests {
    private static final BatchSource DATA = TinyRuns.DATA;

    @TempDir
    private Path folder;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    private void train(Transformer model, BatchSource data, TrainingSettings settings, TrainingListener listener) {
        TinyRuns.train(model, data, settings, folder.resolve("checkpoint"), listener, new Cancellation());
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
        try (var model = TinyRuns.model()) {
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
        try (var optimizer = new AdamW(model, TinyRuns.settings(1, 1e-3, 1, 0));
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
        try (var model = TinyRuns.model()) {
            train(model, DATA, TinyRuns.settings(3, 1e-3, 1, 0), whole::add);
        }
        try (var model = TinyRuns.model()) {
            train(model, new Halves(DATA), TinyRuns.settings(3, 1e-3, 2, 0), parts::add);
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
            try (var model = TinyRuns.model()) {
                double expected = model.evaluate(one) / one.counted();
                train(
                        model,
                        new TinyRuns.Repeated(one),
                        TinyRuns.settings(2, 0.01, 1, 0),
                        progress -> losses.add(progress.loss()));
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
        try (var model = TinyRuns.model()) {
            train(model, source, TinyRuns.settings(2, 0.01, 2, 1), seen::add);
        }
        // The first step has the batches 0 and 1, the second 2 and 3.
        assertThat(seen.getFirst().loss()).isZero();
        assertThat(seen.getFirst().gradientNorm()).isZero();
        assertThat(seen.getLast().loss()).isPositive();
        assertThat(seen).allMatch(progress -> progress.validationLoss().isEmpty());
    }
}
