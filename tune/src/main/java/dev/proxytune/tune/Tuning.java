package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.llama.FileType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a model is to be tuned from another.
 *
 * @param base the model to begin with, a GGUF file of an architecture that {@link Transformer} knows
 * @param data files of examples
 * @param format what these look like
 * @param skipBad whether lines that make no example are left out and counted, not refused
 * @param plan how the examples are laid out
 * @param lora the adapter to train in place of the weights, if one is wanted
 * @param compute where and how precisely to compute
 * @param type type of the matrices of a whole model in the file; adapters are F32
 * @param output where the model or adapter goes
 */
public record Tuning(
        Path base,
        List<Path> data,
        DataFormat format,
        boolean skipBad,
        BatchPlan plan,
        Optional<LoraSettings> lora,
        Compute compute,
        FileType type,
        TrainingOutput output) {

    public Tuning {
        data = List.copyOf(data);
    }

    /**
     * Read the data and load the model.
     *
     * @throws ProxyTuneException if something is missing, unreadable, too small or too large, or must not be replaced
     */
    public TrainingRun open(TrainingListener listener) {
        output.prepare();
        output.requireApartFrom(inputs());
        try (var file = GgufFile.open(base)) {
            ModelShape shape = ModelShape.of(file.header());
            requireLength(shape);
            TuningData examples = read(listener);
            MemoryEstimate.of(shape, trained(shape), plan, compute).check();
            var facts = new LinkedHashMap<String, String>();
            facts.put("kind", lora.isPresent() ? "lora" : "tuning");
            facts.put("base", Digests.of(List.of(base)));
            facts.put("data", Digests.of(data));
            lora.ifPresent(settings -> describe(facts, settings));
            TrainingRun.describe(facts, plan, compute);
            Transformer model = Transformer.load(file, compute);
            lora.ifPresent(settings -> model.addLora(settings, plan.seed()));
            Metadata metadata = file.header().metadata();
            return new TrainingRun(
                    model, examples, plan.seed(), facts, output, (out, record) -> write(model, metadata, out, record));
        }
    }

    private List<Path> inputs() {
        List<Path> inputs = new ArrayList<>(data);
        inputs.add(base);
        return inputs;
    }

    private static void describe(Map<String, String> facts, LoraSettings settings) {
        facts.put("lora_rank", Integer.toString(settings.rank()));
        facts.put("lora_alpha", Float.toString(settings.alpha()));
        facts.put("lora_dropout", Float.toString(settings.dropout()));
        // A set of its own tells them in another order in each process.
        facts.put("lora_projections", EnumSet.copyOf(settings.projections()).toString());
    }

    private void requireLength(ModelShape shape) {
        if (plan.length() > shape.contextLength()) {
            throw new ProxyTuneException(base + ": rows of " + plan.length() + " tokens do not fit its context of "
                    + shape.contextLength() + "; ask for shorter rows (--length)");
        }
    }

    private TuningData read(TrainingListener listener) {
        try (var encoder = TextEncoder.open(base)) {
            ExampleReader reader =
                    ExampleReader.of(encoder, plan.length()).withFormat(format).withSkipBad(skipBad);
            Examples read =
                    encoder.renderer().map(reader::withRenderer).orElse(reader).read(data);
            if (read.skipped() > 0) {
                listener.onNotice("skipped " + read.skipped() + " bad lines, the first: "
                        + read.faults().getFirst());
            }
            var examples = new TuningData(read.examples(), encoder.end(), plan);
            listener.onNotice(String.format(
                    Locale.ROOT,
                    "%,d examples to train on, %,d batches of %d x %d tokens in a pass",
                    examples.examples(),
                    examples.batches(1),
                    plan.rows(),
                    plan.length()));
            return examples;
        }
    }

    private long trained(ModelShape shape) {
        return lora.isPresent() ? lora.get().parameters(shape) : shape.parameters();
    }

    private void write(Transformer model, Metadata base, Path out, Metadata record) {
        if (lora.isPresent()) {
            model.writeLora(out, record);
        } else {
            ModelOutput.write(
                    model, out, base.toBuilder().putAll(record.values()).build(), type);
        }
    }
}
