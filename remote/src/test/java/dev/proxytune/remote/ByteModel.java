package dev.proxytune.remote;

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
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Predict a hash of the tokens so far, over a vocabulary of bytes and an end; the truth that servers are held to. */
final class ByteModel implements LanguageModel {
    static final int SIZE = 257;
    static final int END = 256;

    private final long seed;
    private final float spread;
    private boolean closed;

    /**
     * Create a model.
     *
     * @param spread how far apart logits are
     */
    ByteModel(long seed, float spread) {
        this.seed = seed;
        this.spread = spread;
    }

    boolean isClosed() {
        return closed;
    }

    /** Return the logits after some tokens; the end of an answer is out of the question. */
    float[] row(int[] tokens) {
        long state = seed;
        // Only the last tokens count, so that answers repeat themselves.
        for (int i = Math.max(0, tokens.length - 2); i < tokens.length; i++) {
            state = mix(state * 31 + tokens[i] % 16 + 1);
        }
        float[] row = new float[SIZE];
        for (int id = 0; id < SIZE; id++) {
            row[id] = (mix(state + id) >>> 40) * 0x1p-24f * spread;
        }
        row[END] = -20;
        return row;
    }

    private static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Return the log-probabilities after some tokens. */
    double[] logprobs(int[] tokens) {
        float[] row = row(tokens);
        double sum = Math.log(
                IntStream.range(0, SIZE).mapToDouble(id -> Math.exp(row[id])).sum());
        return IntStream.range(0, SIZE).mapToDouble(id -> row[id] - sum).toArray();
    }

    @Override
    public Vocabulary vocabulary() {
        return new Bytes();
    }

    @Override
    public int contextLength() {
        return 512;
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return Prompt.of(text.target().tokens(vocabulary()));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        return new Local(options);
    }

    @Override
    public void close() {
        closed = true;
    }

    private record Bytes() implements Vocabulary {
        @Override
        public int size() {
            return SIZE;
        }

        @Override
        public String type() {
            return "BPE";
        }

        @Override
        public String text(int id) {
            return id == END ? "<end>" : Character.toString(id);
        }

        @Override
        public boolean isPadding(int id) {
            return false;
        }

        @Override
        public boolean isControl(int id) {
            return id == END;
        }

        @Override
        public boolean isEndOfGeneration(int id) {
            return id == END;
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt eos() {
            return OptionalInt.of(END);
        }

        @Override
        public OptionalInt eot() {
            return OptionalInt.empty();
        }

        @Override
        public byte[] bytes(int id) {
            return id == END ? new byte[0] : new byte[] {(byte) id};
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray();
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            var out = new ByteArrayOutputStream();
            IntStream.of(ids).filter(id -> id != END).forEach(out::write);
            return out.toByteArray();
        }
    }

    private final class Local implements Decoder, Capability.Rewind {
        private final DecoderOptions options;
        private final List<List<Integer>> texts = new ArrayList<>();
        private final int[] prompts;
        private final List<float[]> rows = new ArrayList<>();

        private Local(DecoderOptions options) {
            this.options = options;
            this.prompts = new int[options.sequences()];
            IntStream.range(0, prompts.length).forEach(_ -> texts.add(new ArrayList<>()));
        }

        @Override
        public int sequences() {
            return prompts.length;
        }

        @Override
        public int contextLength() {
            return 512;
        }

        @Override
        public int maxRows() {
            return options.maxRows();
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            rows.clear();
            for (int entry = 0; entry < batch.size(); entry++) {
                List<Integer> text = texts.get(batch.sequence(entry));
                if (batch.isStart(entry)) {
                    text.clear();
                    IntStream.of(batch.prompt(entry).tokens()).forEach(text::add);
                    prompts[batch.sequence(entry)] = text.size();
                } else {
                    text.add(batch.token(entry));
                }
                if (batch.isWanted(entry)) {
                    rows.add(ByteModel.this.row(text.stream().mapToInt(id -> id).toArray()));
                }
            }
        }

        @Override
        public Row row(int index) {
            float[] row = rows.get(index);
            return new Row() {
                @Override
                public int size() {
                    return SIZE;
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
            return texts.get(sequence).size() - prompts[sequence];
        }

        @Override
        public int remaining(int sequence) {
            return 512 - texts.get(sequence).size();
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            return capability.isInstance(this) ? Optional.of(capability.cast(this)) : Optional.empty();
        }

        @Override
        public void rewind(int sequence, int length) {
            List<Integer> text = texts.get(sequence);
            text.subList(prompts[sequence] + length, text.size()).clear();
        }

        @Override
        public void close() {}
    }
}
