package dev.proxytune.server;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.Scheduler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Runs the answers of one model in a thread of its own, and lets no more in than may wait. Thread-safe. */
final class Engine implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(Engine.class.getName());

    /** Log-probabilities of prompts want a row for each token. */
    private static final int PROMPT_ROWS = 32;

    private final Scheduler scheduler;
    private final int capacity;
    private final AtomicInteger taken = new AtomicInteger();
    private final Thread driver;
    private volatile boolean closed;

    private Engine(Scheduler scheduler, int capacity, String name) {
        this.scheduler = scheduler;
        this.capacity = capacity;
        this.driver = Thread.ofPlatform().name("engine " + name).daemon().unstarted(this::drive);
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
        var engine = new Engine(Scheduler.open(model, size, options.speculation()), sequences + options.queue(), name);
        engine.driver.start();
        return engine;
    }

    LanguageModel model() {
        return scheduler.model();
    }

    int contextLength() {
        return scheduler.contextLength();
    }

    int running() {
        return scheduler.running();
    }

    int queued() {
        return scheduler.queued();
    }

    /** Return the share of the target's KV cache that running answers take. */
    double cacheUse() {
        return scheduler.heldTokens() / ((double) scheduler.sequences() * scheduler.contextLength());
    }

    /** Return what guessing ahead has done so far. */
    GuessCounts guesses() {
        return scheduler.guesses();
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
        return scheduler.submit(request, cancellation, listener).whenComplete((_, _) -> release(1));
    }

    private void drive() {
        while (!closed) {
            try {
                scheduler.await();
                scheduler.step();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                if (closed) {
                    return;
                }
                // The answers that it hit have failed, and said so to their clients; the others can go on.
                LOGGER.log(Level.ERROR, "A step of " + driver.getName() + " failed", e);
            }
        }
    }

    /** Let what runs fail, and free the contexts. */
    @Override
    public void close() {
        closed = true;
        scheduler.close();
        try {
            driver.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
