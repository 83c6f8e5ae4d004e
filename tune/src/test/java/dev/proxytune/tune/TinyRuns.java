package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What tests of training share: a tiny shape, data at random, and settings. */
final class TinyRuns {
    static final ModelShape SHAPE = ModelShape.llama(16, 2, 2, 1, 24, 40, 16);

    /** Batches of 2 rows of 8 tokens, of which seven in ten count. */
    static final BatchSource DATA = new RandomBatches(new BatchPlan(2, 8, 1, 0), 40, 0.7);

    private TinyRuns() {}

    /** Return settings that write no checkpoint before the end of a day. */
    static TrainingSettings settings(int steps, double rate, int accumulation, int validateEvery) {
        return settings(steps, rate, accumulation, validateEvery, Duration.ofDays(1));
    }

    static TrainingSettings settings(
            int steps, double rate, int accumulation, int validateEvery, Duration checkpointInterval) {
        return new TrainingSettings(
                steps, rate, 2, 0.1, 0.1, 0.9, 0.95, 1, accumulation, validateEvery, checkpointInterval);
    }

    static Transformer model() {
        return Transformer.random(SHAPE, 3, Compute.EXACT);
    }

    static LossCurve train(
            Transformer model,
            BatchSource data,
            TrainingSettings settings,
            Path checkpoint,
            TrainingListener listener,
            Cancellation cancellation) {
        var description = new LinkedHashMap<>(Map.of("kind", "test"));
        return new Trainer(model, data, settings, 9, description, checkpoint).run(listener, cancellation);
    }

    /** The same batch again and again. */
    record Repeated(TokenBatch batch) implements BatchSource {
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
}
