package dev.proxytune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Predict logits that are a hash of a seed and all tokens so far, and keep the contract of {@link Decoder} to the
 * letter: whoever breaks it gets an {@link AssertionError}.
 */
class FakeModel implements LanguageModel {
    final List<FakeDecoder> decoders = new ArrayList<>();
    int decodedTokens;
    int decodes;
    int closed;
    boolean failNext;
    Logits logits;
    Consumer<Cancellation> inside = cancellation -> {};
    private Set<String> resources = Set.of(Decoder.CPU);
    private final FakeVocabulary vocabulary;
    private int contextLength = 1000;
    private boolean capable = true;
    private int threads;
    private long weightBytes;

    /** Fill a row. */
    @FunctionalInterface
    interface Logits {
        void fill(int[] tokens, int count, float[] row);
    }

    FakeModel(long seed, int size) {
        this(seed, new FakeVocabulary(size));
    }

    FakeModel(long seed, FakeVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.logits = (tokens, count, row) -> hash(seed, tokens, count, row);
    }

    FakeModel withContext(int length) {
        contextLength = length;
        return this;
    }

    FakeModel withoutCapabilities() {
        capable = false;
        return this;
    }

    FakeModel on(String... names) {
        resources = Set.of(names);
        return this;
    }

    /** Let decoders share the processor. */
    FakeModel sharing(int threadCount, long bytes) {
        threads = threadCount;
        weightBytes = bytes;
        return this;
    }

    /** Do something within each decode. */
    FakeModel inside(Consumer<Cancellation> action) {
        inside = action;
        return this;
    }

    FakeModel withLogits(Logits function) {
        logits = function;
        return this;
    }

    /** Add a constant to all logits. */
    FakeModel plus(float constant) {
        Logits before = logits;
        logits = (tokens, count, row) -> {
            before.fill(tokens, count, row);
            for (int id = 0; id < row.length; id++) {
                row[id] += constant;
            }
        };
        return this;
    }

    /** Compute the row after the tokens, without any decoder. */
    float[] rowAfter(int... tokens) {
        float[] row = new float[vocabulary.size()];
        logits.fill(tokens, tokens.length, row);
        return row;
    }

    private static void hash(long seed, int[] tokens, int count, float[] row) {
        long state = seed;
        for (int i = 0; i < count; i++) {
            state = mix(state + tokens[i] + 1);
        }
        for (int id = 0; id < row.length; id++) {
            row[id] = (mix(state + id) >>> 50) / 1024f - 8;
        }
    }

    private static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return Prompt.of(text.target().tokens(vocabulary));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        var decoder = new FakeDecoder(options);
        decoders.add(decoder);
        return decoder;
    }

    @Override
    public void close() {
        closed++;
    }

    final class FakeDecoder implements Decoder, Capability.Rewind, Capability.Fork, Capability.Share {
        int closedTimes;
        String share = "";
        private final int context;
        private final int maxRows;
        private final int[][] tokens;
        private final int[] counts;
        private final int[] prompts;
        private final float[][] rows;
        private int available;

        FakeDecoder(DecoderOptions options) {
            context = options.contextLength() == 0 ? contextLength : options.contextLength();
            maxRows = options.maxRows();
            tokens = new int[options.sequences()][context];
            counts = new int[options.sequences()];
            prompts = new int[options.sequences()];
            Arrays.fill(prompts, -1);
            rows = new float[maxRows][vocabulary.size()];
        }

        @Override
        public int sequences() {
            return tokens.length;
        }

        @Override
        public int contextLength() {
            return context;
        }

        @Override
        public int maxRows() {
            return maxRows;
        }

        @Override
        public Set<String> resources() {
            return resources;
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            checkOpen();
            decodes++;
            available = 0;
            int end = failNext ? batch.size() / 2 : batch.size();
            try {
                cancellation.check();
                inside.accept(cancellation);
                for (int entry = 0; entry < end; entry++) {
                    decode(batch, entry);
                }
                if (failNext) {
                    throw new ProxyTuneException("The fake was told to fail");
                }
            } catch (RuntimeException e) {
                available = 0;
                failNext = false;
                for (int entry = 0; entry < batch.size(); entry++) {
                    prompts[batch.sequence(entry)] = -1;
                }
                throw e;
            }
        }

        private void decode(Batch batch, int entry) {
            int sequence = batch.sequence(entry);
            if (batch.isStart(entry)) {
                int[] prompt = batch.prompt(entry).tokens();
                if (prompt.length > context) {
                    throw new CapacityException("The fake's context holds no " + prompt.length);
                }
                int common = Math.max(Arrays.mismatch(tokens[sequence], prompt), 0);
                decodedTokens += prompt.length - Math.min(common, prompt.length - 1);
                System.arraycopy(prompt, 0, tokens[sequence], 0, prompt.length);
                counts[sequence] = prompt.length;
                prompts[sequence] = prompt.length;
            } else {
                if (prompts[sequence] < 0) {
                    throw new AssertionError("Sequence " + sequence + " was not started again");
                }
                if (counts[sequence] == context) {
                    throw new CapacityException("The fake's context is full");
                }
                if (batch.token(entry) >= vocabulary.size()) {
                    throw new IllegalArgumentException("There is no token " + batch.token(entry));
                }
                tokens[sequence][counts[sequence]++] = batch.token(entry);
                decodedTokens++;
            }
            if (batch.isWanted(entry)) {
                if (available == maxRows) {
                    throw new CapacityException("The fake has no more than " + maxRows + " rows");
                }
                logits.fill(tokens[sequence], counts[sequence], rows[available++]);
            }
        }

        @Override
        public Row row(int index) {
            checkOpen();
            if (index >= available) {
                throw new IndexOutOfBoundsException(index);
            }
            return new ArrayRow(rows[index]);
        }

        @Override
        public int length(int sequence) {
            checkOpen();
            return counts[sequence] - prompts[sequence];
        }

        @Override
        public int remaining(int sequence) {
            checkOpen();
            return context - counts[sequence];
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            checkOpen();
            if (capability == Capability.Share.class && threads == 0) {
                return Optional.empty();
            }
            return capable && capability.isInstance(this) ? Optional.of(capability.cast(this)) : Optional.empty();
        }

        @Override
        public void rewind(int sequence, int length) {
            failIfTold();
            if (prompts[sequence] < 0 || length < 0 || length > length(sequence)) {
                throw new AssertionError("Cannot rewind sequence " + sequence + " to " + length);
            }
            counts[sequence] = prompts[sequence] + length;
        }

        @Override
        public void fork(int from, int to) {
            failIfTold();
            if (prompts[from] < 0) {
                throw new AssertionError("Cannot fork sequence " + from);
            }
            tokens[to] = tokens[from].clone();
            counts[to] = counts[from];
            prompts[to] = prompts[from];
        }

        @Override
        public int threads() {
            return threads;
        }

        @Override
        public long weightBytes() {
            return weightBytes;
        }

        @Override
        public void share(int part, int parts) {
            checkOpen();
            if (part < 0 || part >= parts || threads % parts != 0) {
                throw new AssertionError("No part " + part + " of " + parts);
            }
            share = part + "/" + parts;
        }

        @Override
        public void close() {
            closedTimes++;
        }

        private void failIfTold() {
            checkOpen();
            if (failNext) {
                failNext = false;
                throw new ProxyTuneException("The fake was told to fail");
            }
        }

        private void checkOpen() {
            if (closedTimes > 0) {
                throw new IllegalStateException("The fake is closed");
            }
        }
    }

    static float[] copyOf(@Nullable Row row) {
        float[] values = new float[row == null ? 0 : row.size()];
        if (row != null) {
            row.copyTo(0, values, 0, values.length);
        }
        return values;
    }
}
