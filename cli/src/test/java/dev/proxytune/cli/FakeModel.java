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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Recite a text whatever the prompt: a token for each byte, and one that ends the answer.
 *
 * <p>Its rows are 0 but for the next byte, which gets as much as the model is sure of itself.
 */
final class FakeModel implements LanguageModel {
    static final int END = 256;

    /** What the model read, in the order of its decoders. */
    final List<String> prompts = new ArrayList<>();

    final List<DecoderOptions> opened = new ArrayList<>();

    private final byte[] text;
    private final float logit;

    /** Run before each decode after the prompt's. */
    Consumer<Cancellation> beforeToken = cancellation -> {};

    /** How many tokens its decoders have computed: of a prompt only what they did not hold. */
    int decodedTokens;

    Optional<String> template = Optional.empty();

    boolean closed;

    FakeModel(String text, float logit) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
        this.logit = logit;
    }

    @Override
    public Vocabulary vocabulary() {
        return Bytes.INSTANCE;
    }

    @Override
    public int contextLength() {
        return 1000;
    }

    @Override
    public Optional<String> chatTemplate() {
        return template;
    }

    @Override
    public Prompt tokenize(PromptText prompt) {
        return Prompt.of(prompt.target().tokens(vocabulary()));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        opened.add(options);
        return new Reciter(options.contextLength());
    }

    @Override
    public void close() {
        closed = true;
    }

    private final class Reciter implements Decoder {
        private final int context;
        private int prompt;
        private int answer;
        private int[] held = {};

        Reciter(int context) {
            this.context = context == 0 ? FakeModel.this.contextLength() : context;
        }

        @Override
        public int sequences() {
            return 1;
        }

        @Override
        public int contextLength() {
            return context;
        }

        @Override
        public int maxRows() {
            return 1;
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            for (int entry = 0; entry < batch.size(); entry++) {
                if (batch.isStart(entry)) {
                    int[] tokens = batch.prompt(entry).tokens();
                    prompts.add(new String(Bytes.INSTANCE.detokenize(tokens, true, true), StandardCharsets.UTF_8));
                    int common = Math.max(Arrays.mismatch(held, tokens), 0);
                    decodedTokens += tokens.length - Math.min(common, tokens.length - 1);
                    held = tokens;
                    prompt = tokens.length;
                    answer = 0;
                } else {
                    beforeToken.accept(cancellation);
                    held = Arrays.copyOf(held, prompt + answer + 1);
                    held[prompt + answer++] = batch.token(entry);
                    decodedTokens++;
                }
            }
        }

        @Override
        public Row row(int index) {
            int next = answer < text.length ? text[answer] & 0xff : END;
            return new Peak(next, logit);
        }

        @Override
        public int length(int sequence) {
            return answer;
        }

        @Override
        public int remaining(int sequence) {
            return context - prompt - answer;
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
            return END + 1;
        }

        @Override
        public float logit(int id) {
            return id == peak ? height : 0;
        }

        @Override
        public void copyTo(int from, float[] destination, int offset, int count) {
            for (int i = 0; i < count; i++) {
                destination[offset + i] = logit(from + i);
            }
        }
    }

    private enum Bytes implements Vocabulary {
        INSTANCE;

        @Override
        public int size() {
            return END + 1;
        }

        @Override
        public String type() {
            return "BYTES";
        }

        @Override
        public String text(int id) {
            return id == END ? "<end>" : "byte " + id;
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
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = bytes[i] & 0xff;
            }
            return ids;
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = (byte) ids[i];
            }
            return bytes;
        }
    }
}
