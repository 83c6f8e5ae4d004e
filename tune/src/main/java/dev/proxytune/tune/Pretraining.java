package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.llama.FileType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/**
 * What a model is to be trained from nothing.
 *
 * @param corpus files of running text, see {@link Corpus}
 * @param blueprint the sizes
 * @param tokenizer whose tokenizer the model takes, or that one of so many tokens is to be trained on the corpus
 * @param plan how the text is laid out; the first weights follow from its seed too
 * @param compute where and how precisely to compute
 * @param type type of the matrices in the file
 * @param output where the model goes
 */
public record Pretraining(
        List<Path> corpus,
        Blueprint blueprint,
        TokenizerSource tokenizer,
        BatchPlan plan,
        Compute compute,
        FileType type,
        TrainingOutput output) {

    /** Where a tokenizer comes from. */
    public sealed interface TokenizerSource {
        /** The tokenizer of a GGUF file. */
        record Existing(Path file) implements TokenizerSource {}

        /**
         * A byte-level BPE, trained on the corpus.
         *
         * @param size its tokens, {@link BpeTrainer#SMALLEST} to {@link BpeTrainer#LARGEST}
         */
        record Trained(int size) implements TokenizerSource {
            public Trained {
                BpeTrainer.requireSize(size);
            }
        }
    }

    public Pretraining {
        corpus = List.copyOf(corpus);
        if (plan.length() > blueprint.contextLength()) {
            throw new IllegalArgumentException(
                    "rows of " + plan.length() + " tokens do not fit the context of " + blueprint.contextLength());
        }
    }

    /**
     * Read the corpus and set up the model.
     *
     * @throws ProxyTuneException if something is missing, unreadable, too small or too large, or must not be replaced
     */
    public TrainingRun open(TrainingListener listener) {
        output.prepare();
        output.requireApartFrom(inputs());
        TokenizerMetadata vocabulary = tokenizer(listener);
        ModelShape shape = blueprint.shape(vocabulary.size());
        MemoryEstimate.of(shape, shape.parameters(), plan, compute).check();
        PretrainingData data;
        try (var encoder = TextEncoder.open(vocabulary)) {
            data = PretrainingData.load(corpus, encoder, plan);
        }
        listener.onNotice(String.format(
                Locale.ROOT,
                "%,d parameters, %,d tokens to train on, %,d batches of %d x %d tokens in a pass",
                shape.parameters(),
                data.tokens(),
                data.batches(1),
                plan.rows(),
                plan.length()));
        var facts = new LinkedHashMap<String, String>();
        facts.put("kind", "pretraining");
        facts.put("shape", blueprint.toString());
        facts.put("tokenizer", Digests.of(vocabulary.metadata()));
        facts.put("data", Digests.of(corpus));
        TrainingRun.describe(facts, plan, compute);
        Transformer model = Transformer.random(shape, plan.seed(), compute);
        return new TrainingRun(model, data, plan.seed(), facts, output, (file, record) -> {
            Metadata metadata = Metadata.builder()
                    .put("general.architecture", shape.architecture())
                    .put("general.type", "model")
                    .put("general.name", TrainingOutput.name(output.file()))
                    .putAll(record.values())
                    .putAll(vocabulary.metadata().values())
                    .build();
            ModelOutput.write(model, file, metadata, type);
        });
    }

    private List<Path> inputs() {
        List<Path> inputs = new ArrayList<>(corpus);
        if (tokenizer instanceof TokenizerSource.Existing existing) {
            inputs.add(existing.file());
        }
        return inputs;
    }

    private TokenizerMetadata tokenizer(TrainingListener listener) {
        return switch (tokenizer) {
            case TokenizerSource.Existing existing -> TokenizerMetadata.read(existing.file());
            case TokenizerSource.Trained trained -> {
                listener.onNotice("training a tokenizer of " + trained.size() + " tokens");
                var trainer = new BpeTrainer(trained.size());
                corpus.forEach(file -> Corpus.of(file).forEach(trainer::add));
                yield trainer.train();
            }
        };
    }
}
