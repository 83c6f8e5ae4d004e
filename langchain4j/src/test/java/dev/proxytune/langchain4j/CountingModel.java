package dev.proxytune.langchain4j;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Row;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes all on to another model, counts its decodes, and lets tests hold them up. */
record CountingModel(LanguageModel inner, AtomicInteger decodes, AtomicInteger most, Semaphore gate)
        implements LanguageModel {

    CountingModel(LanguageModel inner) {
        this(inner, new AtomicInteger(), new AtomicInteger(), new Semaphore(1_000_000));
    }

    @Override
    public Vocabulary vocabulary() {
        return inner.vocabulary();
    }

    @Override
    public int contextLength() {
        return inner.contextLength();
    }

    @Override
    public Optional<String> chatTemplate() {
        return inner.chatTemplate();
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return inner.tokenize(text);
    }

    @Override
    public TokenConstraint constraint(String grammar) {
        return inner.constraint(grammar);
    }

    @Override
    public Decoder open(DecoderOptions options) {
        return new Counting(inner.open(options));
    }

    @Override
    public void close() {
        inner.close();
    }

    private final class Counting implements Decoder {
        private final Decoder decoder;

        Counting(Decoder decoder) {
            this.decoder = decoder;
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
            gate.acquireUninterruptibly();
            decodes.incrementAndGet();
            most.accumulateAndGet(batch.rows(), Math::max);
            decoder.decode(batch, cancellation);
        }

        @Override
        public Row row(int index) {
            return decoder.row(index);
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
            return decoder.find(capability);
        }

        @Override
        public void close() {
            decoder.close();
        }
    }
}
