package dev.proxytune.server;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Row;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/**
 * Predict a hash of the last two tokens, and note what a decoder computes that keeps what it knows of each sequence. Some
 * tokens make trouble.
 */
final class TextModel implements LanguageModel {
    /** After it nothing can be said. */
    static final int NOTHING = 250;

    /** Whoever reads it fails, and whoever reads along. */
    static final int FAILURE = 251;

    /** Permits for decodes; there are plenty unless a test drains them. */
    final Semaphore gate = new Semaphore(1_000_000_000);

    /** How many tokens each decode computed. */
    final List<Integer> computed = new CopyOnWriteArrayList<>();

    private final int size;
    private final int context;
    private final boolean forks;

    TextModel(int size, int context, boolean forks) {
        this.size = size;
        this.context = context;
        this.forks = forks;
    }

    /** Return the logits after some tokens. */
    float[] row(List<Integer> tokens) {
        int last = tokens.getLast();
        int before = tokens.size() > 1 ? tokens.get(tokens.size() - 2) : 0;
        float[] row = new float[size];
        for (int id = 0; id < size; id++) {
            int hash = (id * 0x9E3779B9 ^ (last * 31 + before) * 0x85EBCA6B) * 0xC2B2AE35;
            row[id] = last == NOTHING ? Float.NaN : (hash >>> 12) * 0x1p-20f * 20 - 5;
        }
        row[3] = last == NOTHING ? Float.NaN : Float.NEGATIVE_INFINITY;
        return row;
    }

    @Override
    public Vocabulary vocabulary() {
        Vocabulary bytes = new EchoModel("", 1).vocabulary();
        return bytes.size() == size ? bytes : new Larger(bytes, size);
    }

    /** Bytes, and more tokens that are never used. */
    private record Larger(Vocabulary bytes, int size) implements Vocabulary {
        @Override
        public String type() {
            return bytes.type();
        }

        @Override
        public String text(int id) {
            return isPadding(id) ? "" : bytes.text(id);
        }

        @Override
        public boolean isPadding(int id) {
            return id >= bytes.size();
        }

        @Override
        public boolean isControl(int id) {
            return !isPadding(id) && bytes.isControl(id);
        }

        @Override
        public boolean isEndOfGeneration(int id) {
            return !isPadding(id) && bytes.isEndOfGeneration(id);
        }

        @Override
        public OptionalInt bos() {
            return bytes.bos();
        }

        @Override
        public OptionalInt eos() {
            return bytes.eos();
        }

        @Override
        public OptionalInt eot() {
            return bytes.eot();
        }

        @Override
        public byte[] bytes(int id) {
            return isPadding(id) ? new byte[0] : bytes.bytes(id);
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            return bytes.tokenize(text, addSpecial, parseSpecial);
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            return bytes.detokenize(ids, removeSpecial, unparseSpecial);
        }
    }

    @Override
    public int contextLength() {
        return context;
    }

    @Override
    public Optional<String> chatTemplate() {
        return Optional.of("{{ messages[0].content }}");
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return Prompt.of(text.target().tokens(vocabulary()));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        return new Keeping(options);
    }

    @Override
    public void close() {}

    private final class Keeping implements Decoder, Capability.Fork {
        private final DecoderOptions options;
        private final List<List<Integer>> texts = new ArrayList<>();
        private List<float[]> rows = List.of();

        Keeping(DecoderOptions options) {
            this.options = options;
            for (int i = 0; i < options.sequences(); i++) {
                texts.add(new ArrayList<>());
            }
        }

        @Override
        public int sequences() {
            return options.sequences();
        }

        @Override
        public int contextLength() {
            return options.contextLength();
        }

        @Override
        public int maxRows() {
            return options.maxRows();
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            gate.acquireUninterruptibly();
            cancellation.check();
            int count = 0;
            List<float[]> wanted = new ArrayList<>();
            for (int entry = 0; entry < batch.size(); entry++) {
                List<Integer> text = texts.get(batch.sequence(entry));
                if (batch.isStart(entry)) {
                    int[] tokens = batch.prompt(entry).tokens();
                    int common = 0;
                    while (common < Math.min(text.size(), tokens.length) && text.get(common) == tokens[common]) {
                        common++;
                    }
                    int kept = batch.isWanted(entry) ? Math.min(common, tokens.length - 1) : common;
                    count += tokens.length - kept;
                    text.clear();
                    Arrays.stream(tokens).forEach(text::add);
                } else {
                    count++;
                    text.add(batch.token(entry));
                }
                if (text.contains(FAILURE)) {
                    texts.forEach(List::clear);
                    throw new ProxyTuneException("A token that nobody can read");
                }
                if (batch.isWanted(entry)) {
                    wanted.add(TextModel.this.row(text));
                }
            }
            computed.add(count);
            rows = wanted;
        }

        @Override
        public Row row(int index) {
            float[] row = rows.get(index);
            return new Row() {
                @Override
                public int size() {
                    return row.length;
                }

                @Override
                public float logit(int id) {
                    return row[id];
                }

                @Override
                public void copyTo(int from, float[] destination, int offset, int count) {
                    System.arraycopy(row, from, destination, offset, count);
                }
            };
        }

        @Override
        public int length(int sequence) {
            return 0;
        }

        @Override
        public int remaining(int sequence) {
            return options.contextLength() - texts.get(sequence).size();
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            return forks && capability.isInstance(this) ? Optional.of(capability.cast(this)) : Optional.empty();
        }

        @Override
        public void fork(int from, int to) {
            texts.set(to, new ArrayList<>(texts.get(from)));
        }

        @Override
        public void close() {}
    }
}
