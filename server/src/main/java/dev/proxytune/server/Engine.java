package dev.proxytune.server;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.SharedGenerator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Runs the answers of one model, and lets no more in than may wait. Thread-safe. */
final class Engine implements AutoCloseable {
    /** Log-probabilities of prompts want a row for each token. */
    private static final int PROMPT_ROWS = 32;

    private final SharedGenerator generator;
    private final int capacity;
    private final AtomicInteger taken = new AtomicInteger();

    private Engine(SharedGenerator generator, int capacity) {
        this.generator = generator;
        this.capacity = capacity;
    }

    /**
     * Open the contexts of a model and begin to wait for requests.
     *
     * @param sequences how many answers run at once
     * @throws dev.proxytune.CapacityException if the contexts do not fit into memory
     */
    static Engine start(LanguageModel model, int sequences, EngineOptions options, String name) {
        DecoderOptions size = DecoderOptions.DEFAULT
                .withSequences(sequences)
                .withContextLength(options.contextFor(model.contextLength()))
                .withMaxRows(Math.max(sequences, PROMPT_ROWS));
        var generator = SharedGenerator.open(model, size, options.speculation(), "engine " + name);
        return new Engine(generator, sequences + options.queue());
    }

    LanguageModel model() {
        return generator.model();
    }

    int contextLength() {
        return generator.contextLength();
    }

    int running() {
        return generator.running();
    }

    int queued() {
        return generator.queued();
    }

    /** Return the share of the target's KV cache that running answers take. */
    double cacheUse() {
        return generator.heldTokens() / ((double) generator.sequences() * generator.contextLength());
    }

    /** Return what guessing ahead has done so far. */
    GuessCounts guesses() {
        return generator.guesses();
    }

    /** Return how many answers may run and wait together. */
    int capacity() {
        return capacity;
    }

    /** Take places for answers, all or none. */
    boolean reserve(int count) {
        int now;
        do {
            now = taken.get();
            if (now + count > capacity) {
                return false;
            }
        } while (!taken.compareAndSet(now, now + count));
        return true;
    }

    /** Give back places that no answer has used. */
    void release(int count) {
        taken.addAndGet(-count);
    }

    /** Ask for an answer in a place that was reserved; its end gives the place back. */
    CompletableFuture<Completion> submit(
            GenerationRequest request, Cancellation cancellation, Consumer<GenerationEvent> listener) {
        return generator.submit(request, cancellation, listener).whenComplete((_, _) -> release(1));
    }

    /** Let what runs fail, and free the contexts. */
    @Override
    public void close() {
        generator.close();
    }
}
