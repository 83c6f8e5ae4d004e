package dev.proxytune.llama;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.OwnerLock;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import dev.proxytune.UnsupportedCapabilityException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decode with a {@link LlamaModel}.
 *
 * <p>What a sequence holds is remembered here, so a prompt that begins as the sequence did is computed from where they
 * part. A decode first checks everything and changes nothing; then it settles what the cache keeps, and computes what
 * the cache lacks in as many calls as it takes, all wanted rows in the last one.
 */
public final class LlamaDecoder implements Decoder, Capability.Rewind, Capability.Fork, Capability.Share {
    private final NativeModel model;
    private final @Nullable NativeAdapter adapter;
    private final ContextPlan plan;
    private final LlamaContext context;
    private final boolean canRewind;
    private final int vocabularySize;
    private final TokenSequence[] sequences;
    private final BatchCheck check;
    private final Runnable stop;
    private final int[] firstWanted;
    private final int[] firstEntry;
    private int[] nextEntry = new int[8];
    private int[] ends = new int[8];
    private int[] wantedRow = new int[8];
    private final int[] nativeRow;
    private int nativeRows;
    private final OwnerLock owner = new OwnerLock();
    private long decodes;
    private int rows;

    private LlamaDecoder(
            NativeModel model,
            @Nullable NativeAdapter adapter,
            ContextPlan plan,
            LlamaContext context,
            int vocabularySize) {
        this.model = model;
        this.adapter = adapter;
        this.plan = plan;
        this.context = context;
        this.vocabularySize = vocabularySize;
        this.canRewind = !ModelApi.isRecurrent(model.handle()) && !ModelApi.isHybrid(model.handle());
        this.sequences = new TokenSequence[plan.sequences()];
        Arrays.setAll(sequences, i -> new TokenSequence());
        this.check = new BatchCheck(plan, vocabularySize, context.batch().capacity());
        this.stop = context::stop;
        this.firstWanted = new int[plan.sequences()];
        this.firstEntry = new int[plan.sequences()];
        this.nativeRow = new int[plan.rows()];
    }

    /** Open a decoder, which takes over one use each of the model and the adapter. */
    static LlamaDecoder open(
            NativeModel model,
            @Nullable NativeAdapter adapter,
            ModelOptions options,
            ModelInfo info,
            DecoderOptions wanted) {
        var plan = ContextPlan.of(model, options, info, wanted);
        var context = LlamaContext.create(model, adapter, plan, options, info.vocabularySize());
        return new LlamaDecoder(model, adapter, plan, context, info.vocabularySize());
    }

    @Override
    public int sequences() {
        return plan.sequences();
    }

    @Override
    public int contextLength() {
        return plan.contextLength();
    }

    @Override
    public int maxRows() {
        return plan.rows();
    }

    @Override
    public Set<String> resources() {
        return model.devices();
    }

    @Override
    public void decode(Batch batch, Cancellation cancellation) {
        owner.enter();
        try {
            check.check(batch, sequences);
            cancellation.check();
            decodes++;
            rows = 0;
            boolean done = false;
            cancellation.add(stop);
            try {
                settle(batch);
                compute(batch, cancellation);
                rows = batch.rows();
                done = true;
            } finally {
                cancellation.remove(stop);
                context.go();
                if (!done) {
                    forget(batch);
                }
            }
        } finally {
            owner.leave();
        }
    }

    /** Bring the sequences' tokens to what the batch says, and the cache to what of them it can keep. */
    private void settle(Batch batch) {
        link(batch);
        Arrays.fill(firstWanted, Integer.MAX_VALUE);
        int wantedRows = 0;
        for (int entry = 0; entry < batch.size(); entry++) {
            int number = batch.sequence(entry);
            TokenSequence sequence = sequences[number];
            if (batch.isStart(entry)) {
                Prompt prompt = batch.prompt(entry);
                int common = sequence.commonWith(prompt);
                // The row after the last token comes from computing that token, so it is computed again.
                keep(number, batch.isWanted(entry) ? Math.min(common, prompt.length() - 1) : common);
                sequence.start(prompt);
            } else {
                sequence.append(batch.token(entry));
            }
            ends[entry] = sequence.length();
            if (batch.isWanted(entry)) {
                firstWanted[number] = Math.min(firstWanted[number], sequence.length() - 1);
                wantedRow[entry] = wantedRows++;
            }
        }
    }

    /** Chain the entries of each sequence. */
    private void link(Batch batch) {
        if (ends.length < batch.size()) {
            ends = new int[batch.size() * 2];
            nextEntry = new int[batch.size() * 2];
            wantedRow = new int[batch.size() * 2];
        }
        Arrays.fill(firstEntry, -1);
        for (int entry = batch.size() - 1; entry >= 0; entry--) {
            nextEntry[entry] = firstEntry[batch.sequence(entry)];
            firstEntry[batch.sequence(entry)] = entry;
        }
    }

    /** Keep the first tokens of a sequence in the cache, or none if the model cannot part with only some. */
    private void keep(int number, int count) {
        TokenSequence sequence = sequences[number];
        if (count == sequence.cached()) {
            return;
        }
        boolean kept = count > 0 && canRewind && context.holdsStart(number) && context.remove(number, count);
        if (!kept) {
            context.remove(number);
        }
        sequence.setCached(kept ? count : 0);
    }

    /**
     * Feed what the cache lacks: what comes before the first wanted row of its sequence, then the rest at once.
     *
     * <p>Sequence by sequence, for llama.cpp computes neighbours in one go only if they come in the order of their
     * numbers.
     */
    private void compute(Batch batch, Cancellation cancellation) {
        NativeBatch call = context.batch();
        for (int number = 0; number < firstEntry.length; number++) {
            for (int entry = firstEntry[number]; entry >= 0; entry = nextEntry[entry]) {
                feed(batch, entry, firstWanted[number], cancellation);
            }
        }
        if (call.size() + check.lastCall() > call.capacity()) {
            flush(cancellation);
        }
        nativeRows = 0;
        for (int number = 0; number < firstEntry.length; number++) {
            for (int entry = firstEntry[number]; entry >= 0; entry = nextEntry[entry]) {
                feed(batch, entry, Integer.MAX_VALUE, cancellation);
            }
        }
        if (call.size() > 0) {
            flush(cancellation);
        }
    }

    /** Feed the tokens of an entry, and those before it that the cache lacks, up to a position. */
    private void feed(Batch batch, int entry, int limit, Cancellation cancellation) {
        NativeBatch call = context.batch();
        int number = batch.sequence(entry);
        TokenSequence sequence = sequences[number];
        int end = Math.min(ends[entry], limit);
        for (int position = sequence.cached(); position < end; position++) {
            if (call.size() == call.capacity()) {
                flush(cancellation);
            }
            boolean wanted = position == ends[entry] - 1 && batch.isWanted(entry);
            call.add(sequence.token(position), position, number, wanted);
            if (wanted) {
                nativeRow[wantedRow[entry]] = nativeRows++;
            }
        }
        sequence.setCached(Math.max(sequence.cached(), end));
    }

    private void flush(Cancellation cancellation) {
        cancellation.check();
        context.decode();
    }

    /** Empty the sequences of a batch that failed: how far the cache got with them is not worth finding out. */
    private void forget(Batch batch) {
        context.batch().clear();
        for (int entry = 0; entry < batch.size(); entry++) {
            int number = batch.sequence(entry);
            context.remove(number);
            sequences[number].clear();
        }
    }

    @Override
    public Row row(int index) {
        int count = rows;
        Objects.checkIndex(index, count);
        owner.checkOpen();
        long rowBytes = (long) vocabularySize * Float.BYTES;
        MemorySegment logits = context.rows(count).asSlice(nativeRow[index] * rowBytes, rowBytes);
        return new LlamaRow(this, decodes, logits, vocabularySize);
    }

    /** Return how often this has decoded, by which a row knows its age. */
    long decodes() {
        return decodes;
    }

    @Override
    public int length(int sequence) {
        owner.checkOpen();
        return sequences[Objects.checkIndex(sequence, sequences.length)].answerLength();
    }

    @Override
    public int remaining(int sequence) {
        owner.checkOpen();
        return plan.contextLength() - sequences[Objects.checkIndex(sequence, sequences.length)].length();
    }

    @Override
    public <C extends Capability> Optional<C> find(Class<C> capability) {
        owner.checkOpen();
        if (capability == Capability.Rewind.class && !canRewind) {
            return Optional.empty();
        }
        if (capability == Capability.Share.class && !model.devices().equals(Set.of(CPU))) {
            return Optional.empty();
        }
        return capability.isInstance(this) ? Optional.of(capability.cast(this)) : Optional.empty();
    }

    @Override
    public void rewind(int sequence, int length) {
        owner.enter();
        try {
            TokenSequence tokens = started(sequence);
            if (!canRewind) {
                throw new UnsupportedCapabilityException("This model cannot take tokens back: its state has no past");
            }
            if (length < 0 || length > tokens.answerLength()) {
                throw new IllegalArgumentException("Sequence " + sequence + " can be cut back to at most "
                        + tokens.answerLength() + " tokens of its answer, got: " + length);
            }
            tokens.rewind(length);
            keep(sequence, Math.min(tokens.cached(), tokens.length()));
        } finally {
            owner.leave();
        }
    }

    @Override
    public void fork(int from, int to) {
        owner.enter();
        try {
            TokenSequence source = started(from);
            TokenSequence target = sequences[Objects.checkIndex(to, sequences.length)];
            if (from == to) {
                return;
            }
            context.remove(to);
            context.copy(from, to);
            target.copyFrom(source);
        } finally {
            owner.leave();
        }
    }

    @Override
    public int threads() {
        return context.threads();
    }

    @Override
    public long weightBytes() {
        return ModelApi.size(model.handle());
    }

    @Override
    public void share(int part, int parts) {
        if (parts < 1 || threads() % parts != 0 || part < 0 || part >= parts) {
            throw new IllegalArgumentException(
                    "The processor's " + threads() + " threads have no part " + part + " of " + parts + " equal ones");
        }
        owner.enter();
        try {
            context.share(part, parts);
        } finally {
            owner.leave();
        }
    }

    private TokenSequence started(int sequence) {
        TokenSequence tokens = sequences[Objects.checkIndex(sequence, sequences.length)];
        if (!tokens.isStarted()) {
            throw new IllegalArgumentException("Sequence " + sequence + " has no prompt: start it first");
        }
        return tokens;
    }

    @Override
    public void close() {
        owner.close(() -> {
            decodes++;
            context.close();
            if (adapter != null) {
                adapter.release();
            }
            model.release();
        });
    }
}
