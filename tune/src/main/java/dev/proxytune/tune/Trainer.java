package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import dev.proxytune.ProxyTuneException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Train a model: batch after batch forward and back, an update of the weights for each step.
 *
 * <p>What a step does follows from its number, the weights and the moments, so a run that was broken off and resumed
 * from a checkpoint ends with the same weights as one that was not, on the same machine with as many threads. One thread
 * at a time.
 */
final class Trainer {
    private static final long DROPOUT_STREAM = 0x5DEECE66DL;
    /** A loss so many times that of guessing blindly comes of weights that went astray, not of the data. */
    private static final double ASTRAY = 10;

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
     * @param checkpoint where to keep checkpoints; one that is there is resumed
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
     * Train until the last step, or until cancelled; then a checkpoint is left to be resumed, unless no step was done.
     *
     * @throws ProxyTuneException if the training diverges, memory runs out, or a checkpoint cannot be read or written
     */
    LossCurve run(TrainingListener listener, Cancellation cancellation) {
        TokenBatch first = data.batch(0);
        var curve = new LossCurve((long) first.rows() * first.length() * settings.accumulation());
        try (var optimizer = new AdamW(model, settings)) {
            if (Files.exists(checkpoint)) {
                Checkpoint.read(checkpoint, description, optimizer, curve);
                listener.onResume(curve.size(), settings.steps());
            }
            var pace = new Pace(curve.tokensPerStep());
            int saved = curve.size();
            long time = System.nanoTime();
            while (curve.size() < settings.steps() && !cancellation.isCancelled()) {
                listener.onStep(step(optimizer, curve, pace));
                if (curve.size() < settings.steps() && isDue(time)) {
                    save(optimizer, curve);
                    saved = curve.size();
                    time = System.nanoTime();
                }
            }
            if (curve.size() == settings.steps()) {
                requireFinite(optimizer, curve.size());
            } else if (curve.size() > saved) {
                save(optimizer, curve);
            }
        }
        return curve;
    }

    private boolean isDue(long saved) {
        return Duration.ofNanos(System.nanoTime() - saved).compareTo(settings.checkpointInterval()) >= 0;
    }

    private void save(AdamW optimizer, LossCurve curve) {
        requireFinite(optimizer, curve.size());
        Checkpoint.write(checkpoint, description, optimizer, curve);
    }

    private TrainingProgress step(AdamW optimizer, LossCurve curve, Pace pace) {
        int step = curve.size();
        // A generator that went on from step to step would have to be saved.
        model.seedDropout(seed * DROPOUT_STREAM + step);
        double loss;
        double norm;
        try (var _ = new PointerScope()) {
            loss = gradients(step, optimizer);
            norm = optimizer.clip();
            requireSound("loss", loss, step);
            if (!Double.isFinite(norm)) {
                throw diverged("gradients are no longer finite numbers", step + 1);
            }
            optimizer.step(step);
        } catch (RuntimeException e) {
            throw isOutOfMemory(e) ? outOfMemory(step, e) : e;
        }
        OptionalDouble validation = settings.validatesAfter(step + 1) ? validate(step) : OptionalDouble.empty();
        double rate = settings.learningRate(step);
        curve.add(new LossCurve.Point((float) loss, (float) validation.orElse(Double.NaN), (float) rate, (float) norm));
        pace.tick();
        return new TrainingProgress(
                curve.size(),
                settings.steps(),
                curve.size() * curve.tokensPerStep(),
                (float) loss,
                validation,
                rate,
                norm,
                pace.tokensPerSecond(),
                pace.remaining(settings.steps() - curve.size()));
    }

    /** Leave the gradients of the mean loss over the batches of a step, and return that loss. */
    private double gradients(int step, AdamW optimizer) {
        double sum = 0;
        long counted = 0;
        for (int i = 0; i < settings.accumulation(); i++) {
            TokenBatch batch = data.batch((long) step * settings.accumulation() + i);
            if (batch.counted() > 0) {
                counted += batch.counted();
                try (var _ = new PointerScope()) {
                    Tensor loss = model.loss(batch);
                    loss.backward();
                    sum += loss.item_double();
                }
            }
        }
        optimizer.scale(1.0 / Math.max(1, counted));
        return sum / Math.max(1, counted);
    }

    private OptionalDouble validate(int step) {
        double sum = 0;
        long counted = 0;
        for (TokenBatch batch : data.validation()) {
            if (batch.counted() > 0) {
                sum += model.evaluate(batch);
                counted += batch.counted();
            }
        }
        if (counted == 0) {
            return OptionalDouble.empty();
        }
        requireSound("validation loss", sum / counted, step);
        return OptionalDouble.of(sum / counted);
    }

    private void requireSound(String name, double loss, int step) {
        double blind = Math.log(model.shape().vocabularySize());
        if (!(loss <= ASTRAY * blind)) {
            throw diverged(
                    String.format(Locale.ROOT, "the %s is %.4g, and guessing blindly loses %.2f", name, loss, blind),
                    step + 1);
        }
    }

    private void requireFinite(AdamW optimizer, int steps) {
        if (!optimizer.isFinite()) {
            throw diverged("weights are no longer finite numbers", steps);
        }
    }

    private ProxyTuneException diverged(String why, int steps) {
        return new ProxyTuneException("The training has diverged in step " + steps + ": " + why
                + "; lower --lr or raise --warmup"
                + (Files.exists(checkpoint) ? "; the last checkpoint is kept: " + checkpoint : ""));
    }

    private static boolean isOutOfMemory(RuntimeException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("allocate memory")
                || message.contains("bad_alloc")
                || message.contains("out of memory");
    }

    private static ProxyTuneException outOfMemory(int step, RuntimeException cause) {
        return new ProxyTuneException(
                "The memory is full in step " + (step + 1)
                        + "; take fewer rows (--batch, with --accumulate) or shorter ones (--length)",
                cause);
    }
}
