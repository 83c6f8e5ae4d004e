package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import dev.proxytune.ProxyTuneException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Train a model: batch after batch forward and back, an update of the weights for each step.
 *
 * <p>What a step does follows from its number, the weights and the moments, so a run that was broken off and resumed
 * from a checkpoint ends with the same weights as one that was not, on the same machine with as many threads.
 */
final class Trainer {
    private static final long DROPOUT_STREAM = 0x5DEECE66DL;

    private final Transformer model;
    private final BatchSource data;
    private final TrainingSettings settings;
    private final long seed;
    private final SequencedMap<String, String> description;
    private final Path checkpoint;

    /**
     * Create a trainer.
     *
     * @param model what to train; belongs to the caller
     * @param seed what dropout follows from
     * @param description what the run was told, by name, to be compared when it is resumed
     * @param checkpoint where to keep checkpoints
     */
    Trainer(
            Transformer model,
            BatchSource data,
            TrainingSettings settings,
            long seed,
            SequencedMap<String, String> description,
            Path checkpoint) {
        this.model = model;
        this.data = data;
        this.settings = settings;
        this.seed = seed;
        this.description = description;
        this.checkpoint = checkpoint;
    }

    /**
     * Train until the last step, or until cancelled; then a checkpoint is left to be resumed.
     *
     * @throws ProxyTuneException if the loss is no number any more, or a checkpoint cannot be read or written
     */
    LossCurve run(TrainingListener listener, Cancellation cancellation) {
        TokenBatch first = data.batch(0);
        long tokensPerStep = (long) first.rows() * first.length() * settings.accumulation();
        var curve = new LossCurve(tokensPerStep);
        try (var optimizer = new AdamW(model, settings)) {
            int done = 0;
            if (Files.exists(checkpoint)) {
                done = Checkpoint.read(checkpoint, description, optimizer, curve);
                listener.onResume(done, settings.steps());
            }
            var pace = new Pace(tokensPerStep);
            long saved = System.nanoTime();
            while (done < settings.steps() && !cancellation.isCancelled()) {
                TrainingProgress progress = step(done, optimizer, curve, pace);
                done++;
                listener.onStep(progress);
                if (done < settings.steps()
                        && System.nanoTime() - saved
                                >= settings.checkpointInterval().toNanos()) {
                    Checkpoint.write(checkpoint, description, optimizer, curve);
                    saved = System.nanoTime();
                }
            }
            if (done < settings.steps() && done > 0) {
                Checkpoint.write(checkpoint, description, optimizer, curve);
            }
        }
        return curve;
    }

    private TrainingProgress step(int step, AdamW optimizer, LossCurve curve, Pace pace) {
        model.seedDropout(seed * DROPOUT_STREAM + step);
        double sum = 0;
        long counted = 0;
        double norm;
        try (var _ = new PointerScope()) {
            for (int i = 0; i < settings.accumulation(); i++) {
                TokenBatch batch = data.batch((long) step * settings.accumulation() + i);
                counted += batch.counted();
                try (var _ = new PointerScope()) {
                    Tensor loss = model.loss(batch);
                    loss.backward();
                    sum += loss.item_double();
                }
            }
            optimizer.scale(1.0 / Math.max(1, counted));
            norm = optimizer.clip();
            if (!Double.isFinite(sum) || !Double.isFinite(norm)) {
                throw new ProxyTuneException("the loss of step " + (step + 1)
                        + " is not a number: the training has diverged; lower --lr or raise --warmup");
            }
            optimizer.step(step);
        }
        float loss = (float) (sum / Math.max(1, counted));
        OptionalDouble validation = settings.validatesAfter(step + 1) ? validate() : OptionalDouble.empty();
        double rate = settings.learningRate(step);
        curve.add(new LossCurve.Point(loss, (float) validation.orElse(Double.NaN), (float) rate, (float) norm));
        pace.tick();
        return new TrainingProgress(
                step + 1,
                settings.steps(),
                (step + 1) * curve.tokensPerStep(),
                loss,
                validation,
                rate,
                norm,
                pace.tokensPerSecond(),
                pace.remaining(settings.steps() - step - 1));
    }

    private OptionalDouble validate() {
        List<TokenBatch> batches = data.validation();
        double sum = 0;
        long counted = 0;
        for (TokenBatch batch : batches) {
            try (var _ = new PointerScope()) {
                sum += model.evaluate(batch);
                counted += batch.counted();
            }
        }
        return counted == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / counted);
    }
}
