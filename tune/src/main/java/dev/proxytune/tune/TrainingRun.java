package dev.proxytune.tune;

import dev.proxytune.Cancellation;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** A training run that is set up: the data is read, the model in memory. One thread, one run. */
public final class TrainingRun implements AutoCloseable {
    private static final String RECORD = "proxytune.training.";

    private final Transformer model;
    private final BatchSource data;
    private final long seed;
    private final SequencedMap<String, String> facts;
    private final TrainingOutput output;
    private final ModelOutput writer;

    TrainingRun(
            Transformer model,
            BatchSource data,
            long seed,
            SequencedMap<String, String> facts,
            TrainingOutput output,
            ModelOutput writer) {
        this.model = model;
        this.data = data;
        this.seed = seed;
        this.facts = facts;
        this.output = output;
        this.writer = writer;
    }

    /**
     * Set how many threads compute, in all runs of the process.
     *
     * @param threads 1 or more
     */
    public static void useThreads(int threads) {
        Torch.threads(threads);
    }

    /** Add what all kinds of runs are told. */
    static void describe(Map<String, String> facts, BatchPlan plan, Compute compute) {
        facts.put("rows", Integer.toString(plan.rows()));
        facts.put("length", Integer.toString(plan.length()));
        facts.put("seed", Long.toString(plan.seed()));
        facts.put("validation_share", Double.toString(plan.heldOut()));
        facts.put("precision", compute.precision().name());
    }

    private static void describe(Map<String, String> facts, TrainingSettings settings) {
        facts.put("steps", Integer.toString(settings.steps()));
        facts.put("learning_rate", Double.toString(settings.learningRate()));
        facts.put("warmup", Integer.toString(settings.warmup()));
        facts.put("final_fraction", Double.toString(settings.finalFraction()));
        facts.put("weight_decay", Double.toString(settings.weightDecay()));
        facts.put("beta1", Double.toString(settings.beta1()));
        facts.put("beta2", Double.toString(settings.beta2()));
        facts.put("clip", Double.toString(settings.clip()));
        facts.put("accumulation", Integer.toString(settings.accumulation()));
    }

    /**
     * Return the number of batches that this many passes over the data take, rounded up.
     *
     * @param passes 1 or more
     */
    public long batches(int passes) {
        return data.batches(passes);
    }

    /**
     * Train, and write the model and its curve at the end.
     *
     * <p>Call it once. Cancelling stops it between two steps; nothing stops it once the last step is done.
     *
     * @return what became of it; if cancelled, the checkpoint is written
     * @throws ProxyTuneException if the training diverges, or a file cannot be read or written
     */
    public TrainingResult run(TrainingSettings settings, TrainingListener listener, Cancellation cancellation) {
        var description = new LinkedHashMap<>(facts);
        describe(description, settings);
        if (!output.begin() && output.resume()) {
            listener.onNotice(
                    "there is no " + output.checkpoint() + " to resume, so the run starts from the beginning");
        }
        var trainer = new Trainer(model, data, settings, seed, description, output.checkpoint());
        LossCurve curve = trainer.run(listener, cancellation);
        if (curve.size() < settings.steps()) {
            return new TrainingResult(curve, false);
        }
        var record = Metadata.builder();
        description.forEach((key, value) -> record.put(RECORD + key, value));
        writer.write(output.file(), record.build());
        output.finish(curve);
        return new TrainingResult(curve, true);
    }

    @Override
    public void close() {
        model.close();
    }
}
