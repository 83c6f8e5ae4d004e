package dev.proxytune.cli;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Row;
import dev.proxytune.Vocabulary;
import java.util.Arrays;
import java.util.Optional;

/**
 * Let a model compute all that it computes, and say what a script says, for benchmarks of random weights: what follows
 * in an answer depends on the prompt and the place alone, and the expert foresees it with a given chance.
 */
final class ScriptedModel implements LanguageModel {
    private final LanguageModel model;
    private final double acceptance;
    private final int[] ordinary;

    /**
     * Wrap a model, which this one does not own.
     *
     * @param acceptance how likely a guess of the expert is right, from 0 to 1
     * @param ordinary the ids that answers consist of, at least two
     */
    ScriptedModel(LanguageModel model, double acceptance, int[] ordinary) {
        this.model = model;
        this.acceptance = acceptance;
        this.ordinary = ordinary.clone();
    }

    @Override
    public Vocabulary vocabulary() {
        return model.vocabulary();
    }

    @Override
    public int contextLength() {
        return model.contextLength();
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return model.tokenize(text);
    }

    @Override
    public Decoder open(DecoderOptions options) {
        return new ScriptedDecoder(model.open(options));
    }

    @Override
    public void close() {
        // The wrapped model is its owner's to close.
    }

    private static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Return the token that comes after so many of an answer. */
    private int token(long prompt, int place) {
        return ordinary[index(prompt, place)];
    }

    private int index(long prompt, int place) {
        return (int) Long.remainderUnsigned(mix(prompt + place), ordinary.length);
    }

    /** Return what the expert takes for that token. */
    private int guess(long prompt, int place) {
        double chance = (mix(mix(prompt) ^ place) >>> 11) * 0x1p-53;
        int index = index(prompt, place);
        return ordinary[chance < acceptance ? index : (index + 1) % ordinary.length];
    }

    /** Be sure of one token; all else stays. */
    private record SureRow(Row row, int token) implements Row {
        private static final float SURE = 1e4f;

        @Override
        public int size() {
            return row.size();
        }

        @Override
        public float logit(int id) {
            return id == token ? SURE : row.logit(id);
        }

        @Override
        public void copyTo(int from, float[] destination, int offset, int count) {
            row.copyTo(from, destination, offset, count);
            if (token >= from && token < from + count) {
                destination[offset + token - from] = SURE;
            }
        }
    }

    private final class ScriptedDecoder implements Decoder, Capability.Rewind, Capability.Draft {
        private final Decoder decoder;
        private final long[] prompts;
        private final int[] lengths;
        private final int[] ahead;
        private int[] rowTokens = new int[8];
        private int[] draftTokens = new int[8];

        ScriptedDecoder(Decoder decoder) {
            this.decoder = decoder;
            this.prompts = new long[decoder.sequences()];
            this.lengths = new int[decoder.sequences()];
            this.ahead = new int[decoder.sequences()];
        }

        @Override
        public int sequences() {
            return decoder.sequences();
        }

        @Override
        public int contextLength() {
            return decoder.contextLength();
        }

        @Override
        public int maxRows() {
            return decoder.maxRows();
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            decoder.decode(batch, cancellation);
            rowTokens = grown(rowTokens, batch.rows());
            int row = 0;
            for (int entry = 0; entry < batch.size(); entry++) {
                int sequence = batch.sequence(entry);
                if (batch.isStart(entry)) {
                    prompts[sequence] = Arrays.hashCode(batch.prompt(entry).tokens());
                    lengths[sequence] = 0;
                } else {
                    lengths[sequence]++;
                }
                ahead[sequence] = lengths[sequence];
                if (batch.isWanted(entry)) {
                    rowTokens[row++] = token(prompts[sequence], lengths[sequence]);
                }
            }
        }

        @Override
        public Row row(int index) {
            return new SureRow(decoder.row(index), rowTokens[index]);
        }

        @Override
        public int length(int sequence) {
            return decoder.length(sequence);
        }

        @Override
        public int remaining(int sequence) {
            return decoder.remaining(sequence);
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            return capability.isInstance(this)
                    ? decoder.find(capability).map(_ -> capability.cast(this))
                    : Optional.empty();
        }

        @Override
        public void rewind(int sequence, int length) {
            decoder.require(Capability.Rewind.class).rewind(sequence, length);
            lengths[sequence] = length;
            ahead[sequence] = length;
        }

        private Capability.Draft expert() {
            return decoder.require(Capability.Draft.class);
        }

        @Override
        public boolean canDraft(int sequence, int tokens) {
            return expert().canDraft(sequence, tokens);
        }

        @Override
        public int draftableIds() {
            return expert().draftableIds();
        }

        @Override
        public boolean canReadAlong() {
            return expert().canReadAlong();
        }

        @Override
        public void draft(Batch batch, boolean along, Cancellation cancellation) {
            expert().draft(batch, along, cancellation);
            draftTokens = grown(draftTokens, batch.size());
            for (int entry = 0; entry < batch.size(); entry++) {
                int sequence = batch.sequence(entry);
                draftTokens[entry] = guess(prompts[sequence], ++ahead[sequence]);
            }
        }

        @Override
        public Row draftRow(int index) {
            return new SureRow(expert().draftRow(index), draftTokens[index]);
        }

        @Override
        public void undraft(int sequence, int tokens) {
            expert().undraft(sequence, tokens);
            ahead[sequence] -= tokens;
        }

        @Override
        public void close() {
            decoder.close();
        }
    }

    private static int[] grown(int[] array, int size) {
        return array.length < size ? new int[2 * size] : array;
    }
}
