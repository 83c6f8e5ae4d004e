package dev.proxytune;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Generate answers one after the other with any {@link LanguageModel}.
 *
 * <p>It holds one decoder and so has one owner thread at a time. The start of a prompt that the previous request had
 * too is not computed again. It does not own the model.
 */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final Decoder decoder;
    private final Batch batch = new Batch();
    private boolean running;

    private Generator(LanguageModel model, DecoderOptions options) {
        this.model = model;
        this.decoder = model.open(options);
    }

    /** Open a decoder with the model's own context length. */
    public static Generator open(LanguageModel model) {
        return open(model, DecoderOptions.DEFAULT);
    }

    /**
     * Open a decoder.
     *
     * @throws CapacityException if it does not fit into memory
     */
    public static Generator open(LanguageModel model, DecoderOptions options) {
        return new Generator(model, options);
    }

    public LanguageModel model() {
        return model;
    }

    /** Return how many tokens, prompt and answer together, fit into each role's context. */
    public int contextLength() {
        return decoder.contextLength();
    }

    /** Generate an answer that nobody listens to or cancels. */
    public Completion generate(GenerationRequest request) {
        return generate(request, new Cancellation(), event -> {});
    }

    /**
     * Generate an answer.
     *
     * @param cancellation ends the answer with {@link FinishReason#CANCELLED} within one decode
     * @param listener gets each event as it happens, in this thread; what it throws ends the generation
     * @throws CapacityException if the prompt does not fit into the context
     * @throws InvalidLogitsException if a model yields no usable row
     * @throws IllegalStateException if an answer is being generated already
     */
    public Completion generate(
            GenerationRequest request, Cancellation cancellation, Consumer<? super GenerationEvent> listener) {
        if (running) {
            throw new IllegalStateException(
                    "This generator is at work: neither its listener nor another thread can start another answer with it");
        }
        running = true;
        try {
            return run(request, cancellation, listener);
        } finally {
            running = false;
        }
    }

    private Completion run(
            GenerationRequest request, Cancellation cancellation, Consumer<? super GenerationEvent> listener) {
        Answer answer = new Answer(request, model.vocabulary(), listener);
        long start = System.nanoTime();
        long firstRow = start;
        if (!answer.isFinished()) {
            batch.clear().start(0, request.prompt(), request.steering(), true);
            decode(answer, cancellation);
            firstRow = System.nanoTime();
        }
        while (!answer.isFinished()) {
            int token = answer.next(decoder.row(0));
            if (!answer.isFinished()) {
                continueWith(token, answer, cancellation);
            }
        }
        return new Completion(
                answer.text(),
                answer.tokens(),
                answer.finishReason().orElseThrow(),
                request.prompt().length(),
                Duration.ofNanos(firstRow - start),
                Duration.ofNanos(System.nanoTime() - firstRow));
    }

    private void continueWith(int token, Answer answer, Cancellation cancellation) {
        if (decoder.remaining(0) == 0) {
            answer.finish(FinishReason.LENGTH);
            return;
        }
        batch.clear().append(0, token, true);
        decode(answer, cancellation);
    }

    private void decode(Answer answer, Cancellation cancellation) {
        try {
            cancellation.check();
            decoder.decode(batch, cancellation);
        } catch (CancelledException e) {
            answer.finish(FinishReason.CANCELLED);
        }
    }

    /** Close the decoder, not the model. */
    @Override
    public void close() {
        decoder.close();
    }
}
