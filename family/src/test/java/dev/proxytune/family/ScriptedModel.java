package dev.proxytune.family;

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
import java.util.function.UnaryOperator;

/**
 * Answer each prompt by a script, in any number of sequences: a token for each byte, and one that ends the answer after
 * a script that ends in {@code $}. Its rows are 0 but for the next token, which gets the model's weight.
 */
final class ScriptedModel implements LanguageModel {
    private static final int END = '$';

    private final UnaryOperator<String> script;
    private final float weight;

    /** How many sequences each decoder had. */
    final List<Integer> opened = new ArrayList<>();

    ScriptedModel(float weight, UnaryOperator<String> script) {
        this.script = script;
        this.weight = weight;
    }

    @Override
    public Vocabulary vocabulary() {
        return Bytes.INSTANCE;
    }

    @Override
    public int contextLength() {
        return 200;
    }

    @Override
    public Prompt tokenize(PromptText prompt) {
        return Prompt.of(prompt.target().tokens(Bytes.INSTANCE));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        opened.add(options.sequences());
        return new Player(options);
    }

    @Override
    public void close() {
        throw new IllegalStateException("the caller closes its models");
    }

    private final class Player implements Decoder {
        private final DecoderOptions options;
        private final byte[][] scripts;
        private final int[] prompts;
        private final int[] lengths;
        private final List<Integer> wanted = new ArrayList<>();

        Player(DecoderOptions options) {
            this.options = options;
            this.scripts = new byte[options.sequences()][0];
            this.prompts = new int[options.sequences()];
            this.lengths = new int[options.sequences()];
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
            wanted.clear();
            for (int entry = 0; entry < batch.size(); entry++) {
                int sequence = batch.sequence(entry);
                if (batch.isStart(entry)) {
                    byte[] prompt =
                            Bytes.INSTANCE.detokenize(batch.prompt(entry).tokens(), true, true);
                    scripts[sequence] = script.apply(new String(prompt, StandardCharsets.UTF_8))
                            .getBytes(StandardCharsets.UTF_8);
                    prompts[sequence] = prompt.length;
                    lengths[sequence] = 0;
                } else {
                    lengths[sequence]++;
                }
                if (prompts[sequence] + lengths[sequence] > options.contextLength()) {
                    throw new AssertionError("beyond the context");
                }
                wanted.add(sequence);
            }
        }

        @Override
        public Row row(int index) {
            int sequence = wanted.get(index);
            byte[] text = scripts[sequence];
            return new Peak(text[lengths[sequence] % text.length] & 0xff, weight);
        }

        @Override
        public int length(int sequence) {
            return lengths[sequence];
        }

        @Override
        public int remaining(int sequence) {
            return options.contextLength() - prompts[sequence] - lengths[sequence];
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    private record Peak(int peak, float height) implements Row {

        @Override
        public int size() {
            return 256;
        }

        @Override
        public float logit(int id) {
            return id == peak ? height : 0;
        }

        @Override
        public void copyTo(int from, float[] destination, int offset, int count) {
            for (int index = 0; index < count; index++) {
                destination[offset + index] = logit(from + index);
            }
        }
    }

    private enum Bytes implements Vocabulary {
        INSTANCE;

        @Override
        public int size() {
            return 256;
        }

        @Override
        public String type() {
            return "BYTES";
        }

        @Override
        public String text(int id) {
            return "byte " + id;
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
            return new byte[] {(byte) id};
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int index = 0; index < ids.length; index++) {
                ids[index] = bytes[index] & 0xff;
            }
            return ids;
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            var bytes = new ByteArrayOutputStream();
            for (int id : ids) {
                bytes.write(id);
            }
            return bytes.toByteArray();
        }
    }
}
