package dev.proxytune;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Generate answers for any number of threads at once, all with one decoder: a {@link Scheduler} and the thread that
 * drives it.
 *
 * <p>Thread-safe. It does not own the model.
 */
public final class SharedGenerator implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(SharedGenerator.class.getName());

    private final Scheduler scheduler;
    private final Thread driver;
    private volatile boolean closed;

    private SharedGenerator(Scheduler scheduler, String name) {
        this.scheduler = scheduler;
        this.driver = Thread.ofPlatform().name(name).daemon().unstarted(this::drive);
    }

    /**
     * Open a decoder for as many answers at once as the options name sequences; guess nothing.
     *
     * @throws CapacityException if it does not fit into memory
     */
    public static SharedGenerator open(LanguageModel model, DecoderOptions options) {
        return open(model, options, Speculation.OFF, "proxytune");
    }

    /**
     * Open a decoder for as many answers at once as the options name sequences.
     *
     * @param speculation how far answers are guessed ahead; models that cannot take tokens back do without
     * @param thread what the thread is called
     * @throws CapacityException if it does not fit into memory
     */
    public static SharedGenerator open(
            LanguageModel model, DecoderOptions options, Speculation speculation, String thread) {
        var generator = new SharedGenerator(Scheduler.open(model, options, speculation), thread);
        generator.driver.start();
        return generator;
    }

    public LanguageModel model() {
        return scheduler.model();
    }

    /** Return how many tokens, prompt and answer together, fit into each role's context. */
    public int contextLength() {
        return scheduler.contextLength();
    }

    /** Return how many answers are running. */
    public int running() {
        return scheduler.running();
    }

    /** Return how many requests wait for a free sequence. */
    public int queued() {
        return scheduler.queued();
    }

    /** Return what guessing ahead has done so far. */
    public GuessCounts guesses() {
        return scheduler.guesses();
    }

    /**
     * Ask for an answer.
     *
     * @param cancellation ends the answer with {@link FinishReason#CANCELLED} before the next decode
     * @param listener gets each event as it happens, in the thread that computes all answers, which it must not hold up;
     *     what it throws ends this answer
     * @return what that thread completes, as {@link Scheduler#submit} says
     * @throws IllegalStateException if this is closed
     */
    public CompletableFuture<Completion> submit(
            GenerationRequest request, Cancellation cancellation, Consumer<? super GenerationEvent> listener) {
        return scheduler.submit(request, cancellation, listener);
    }

    /**
     * Generate an answer, and wait for it. An interrupt ends it.
     *
     * @throws CapacityException if the prompt does not fit into the context
     * @throws InvalidLogitsException if a model yields no usable row
     * @throws CancelledException if this thread is interrupted
     * @throws IllegalStateException if this is or becomes closed, or a listener asks, for whom the answer would never come
     */
    public Completion generate(GenerationRequest request) {
        if (Thread.currentThread() == driver) {
            throw new IllegalStateException("A listener cannot wait for another answer: submit the request");
        }
        var cancellation = new Cancellation();
        try {
            return submit(request, cancellation, event -> {}).get();
        } catch (InterruptedException e) {
            cancellation.cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
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
                // The answers that it hit have failed, and whoever asked has heard of it; the others can go on.
                LOGGER.log(Level.ERROR, "A step of " + driver.getName() + " failed", e);
            }
        }
    }

    /**
     * Let the answers that are not finished fail, and close the decoder, not the model. Closing twice is allowed, from
     * within a listener it is not.
     */
    @Override
    public void close() {
        if (Thread.currentThread() == driver) {
            throw new IllegalStateException("A listener cannot close the generator that called it");
        }
        closed = true;
        scheduler.close();
        try {
            driver.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
