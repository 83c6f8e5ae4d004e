package dev.proxytune;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Generate answers one after the other with any {@link LanguageModel}.
 *
 * <p>It holds one decoder and so has one owner thread at a time. The start of a prompt that the previous request had
 * too is not computed again. It does not own the model.
 */
public final class Generator implements AutoCloseable {
    private final Scheduler scheduler;
    private final AtomicBoolean running = new AtomicBoolean();

    private Generator(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Open a decoder with the model's own context length. */
    public static Generator open(LanguageModel model) {
        return open(model, DecoderOptions.DEFAULT);
    }

    /**
     * Open a decoder; guess nothing.
     *
     * @throws CapacityException if it does not fit into memory
     */
    public static Generator open(LanguageModel model, DecoderOptions options) {
        return open(model, options, Speculation.OFF);
    }

    /**
     * Open a decoder.
     *
     * @param speculation how far answers are guessed ahead; models that cannot take tokens back do without
     * @throws CapacityException if it does not fit into memory
     */
    public static Generator open(LanguageModel model, DecoderOptions options, Speculation speculation) {
        return new Generator(Scheduler.open(model, options.withSequences(1), speculation));
    }

    public LanguageModel model() {
        return scheduler.model();
    }

    /** Return how many tokens, prompt and answer together, fit into each role's context. */
    public int contextLength() {
        return scheduler.contextLength();
    }

    /** Return what guessing ahead has done so far. */
    public GuessCounts guesses() {
        return scheduler.guesses();
    }

    /** Return how often parts of the model ran side by side. */
    public OverlapCounts overlaps() {
        return scheduler.overlaps();
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
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "This generator is at work: neither its listener nor another thread can start another answer with it");
        }
        try {
            return run(scheduler.submit(request, cancellation, listener));
        } finally {
            running.set(false);
        }
    }

    private Completion run(CompletableFuture<Completion> result) {
        while (!result.isDone()) {
            scheduler.step();
        }
        if (result.isCompletedExceptionally() && result.exceptionNow() instanceof RuntimeException failure) {
            throw failure;
        }
        return result.resultNow();
    }

    /** Close the decoder, not the model. */
    @Override
    public void close() {
        scheduler.close();
    }
}
