package dev.proxytune.server;

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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Say back the prompt's last line, again and again if it begins with {@code *}: a token for each byte, and one that ends
 * the answer. A gate lets tests hold its decodes up.
 */
final class EchoModel implements LanguageModel {
    static final int END = 256;

    /** Permits for decodes; there are plenty unless a test drains them. */
    final Semaphore gate = new Semaphore(1_000_000_000);

    final AtomicInteger decodes = new AtomicInteger();

    /** How many tokens of answers were fed, which each answer that goes on needs. */
    final AtomicInteger fed = new AtomicInteger();

    final AtomicInteger closes = new AtomicInteger();
    private final String prefix;
    private final int context;

    /** Create one that says something before it says the prompt back. */
    EchoModel(String prefix, int context) {
        this.prefix = prefix;
        this.context = context;
    }

    @Override
    public Vocabulary vocabulary() {
        return Bytes.INSTANCE;
    }

    @Override
    public int contextLength() {
        return context;
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return Prompt.of(text.target().tokens(vocabulary()));
    }

    @Override
    public Decoder open(DecoderOptions options) {
        return new Echo(options);
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }

    /** Return the answer to a prompt, without end if it begins with a star. */
    private byte[] answer(int[] tokens) {
        String text = new String(Bytes.INSTANCE.detokenize(tokens, true, true), StandardCharsets.UTF_8).strip();
        return (prefix + text.substring(text.lastIndexOf('\n') + 1)).getBytes(StandardCharsets.UTF_8);
    }

    private final class Echo implements Decoder {
        private final int[][] prompts;
        private final int[] answered;
        private final int length;
        private int[] wanted = new int[0];
        private int[] places = new int[0];

        Echo(DecoderOptions options) {
            prompts = new int[options.sequences()][0];
            answered = new int[options.sequences()];
            length = options.contextLength() == 0 ? context : options.contextLength();
        }

        @Override
        public int sequences() {
            return prompts.length;
        }

        @Override
        public int contextLength() {
            return length;
        }

        @Override
        public int maxRows() {
            return prompts.length;
        }

        @Override
        public void decode(Batch batch, Cancellation cancellation) {
            gate.acquireUninterruptibly();
            decodes.incrementAndGet();
            int[] rows = new int[batch.size()];
            int[] before = new int[batch.size()];
            int count = 0;
            for (int entry = 0; entry < batch.size(); entry++) {
                int sequence = batch.sequence(entry);
                if (batch.isStart(entry)) {
                    prompts[sequence] = batch.prompt(entry).tokens();
                    answered[sequence] = 0;
                } else {
                    answered[sequence]++;
                    fed.incrementAndGet();
                }
                if (batch.isWanted(entry)) {
                    before[count] = answered[sequence];
                    rows[count++] = sequence;
                }
            }
            wanted = rows;
            places = before;
        }

        @Override
        public Row row(int index) {
            int sequence = wanted[index];
            byte[] answer = answer(prompts[sequence]);
            int place = places[index];
            boolean endless = new String(answer, StandardCharsets.UTF_8).startsWith("*");
            if (endless) {
                return new Peak(answer[place % answer.length] & 0xff);
            }
            return new Peak(place < answer.length ? answer[place] & 0xff : END);
        }

        @Override
        public int length(int sequence) {
            return answered[sequence];
        }

        @Override
        public int remaining(int sequence) {
            return length - prompts[sequence].length - answered[sequence];
        }

        @Override
        public <C extends Capability> Optional<C> find(Class<C> capability) {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    private record Peak(int peak) implements Row {

        @Override
        public int size() {
            return END + 1;
        }

        @Override
        public float logit(int id) {
            return id == peak ? 10 : 0;
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
