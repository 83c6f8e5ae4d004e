package dev.proxytune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Generate many answers side by side with one decoder of any {@link LanguageModel}: continuous batching.
 *
 * <p>Requests wait in the order in which they came, join between two decodes as soon as a sequence is free, and leave
 * when they are done. Each {@link #step} computes a token for all that run, or
 * several for those whose next ones were guessed ({@link Speculation}). A prompt is computed only from where it
 * differs from what some sequence holds already: the system prompt that many requests share, the turns before the last,
 * the other answers to the same question.
 *
 * <p>{@link #submit} may be called from any thread; {@link #step} by one thread at a time. It does not own the model.
 */
public final class Scheduler implements AutoCloseable {
    /*
     * Implementation note. A failing decode says nothing about whose fault it was, and leaves nothing in the sequences
     * of its batch. So the answers that were in it begin again, each in a batch of its own and without guesses, by
     * reading their prompt and what they have said so far: who fails alone, fails; the others go on together.
     */

    /**
     * How many tokens one step computes while prompts are read beside answers that run, lest these wait for long. Those
     * of the answers are among them: llama.cpp computes so many at once, and a few more cost nearly another pass.
     */
    private static final int TOKENS_A_STEP = 512;

    /** How many if most of those who wait have no token yet: to read their prompts together lets them begin together. */
    private static final int TOKENS_OF_READERS = 2048;

    private final LanguageModel model;
    private final Decoder decoder;
    private final Optional<Capability.Overlap> overlap;
    private final Speculator speculator;
    private final Slots slots;
    private final int[] firstRows;
    private final SamplerScratch scratch;
    private final Batch batch = new Batch();
    private final List<Slot> active = new ArrayList<>();
    private final List<Slot> inBatch = new ArrayList<>();
    private final List<Slot> wanting = new ArrayList<>();
    private final Cancellation never = new Cancellation();
    private final ReentrantLock owner = new ReentrantLock();
    private final JobQueue queue = new JobQueue();
    private long uses;
    private int hits;
    private volatile int running;
    private volatile long held;

    private Scheduler(LanguageModel model, DecoderOptions options, Speculation speculation) {
        this.model = model;
        int rows = Math.max(options.maxRows(), speculation.rows(options.sequences()));
        this.decoder = model.open(options.withMaxRows(rows));
        this.overlap = decoder.find(Capability.Overlap.class);
        this.speculator = new Speculator(decoder, speculation);
        this.slots = new Slots(decoder);
        this.firstRows = new int[slots.count()];
        this.scratch = new SamplerScratch(model.vocabulary().size());
    }

    /**
     * Open a decoder for as many answers at once as the options name sequences; guess nothing.
     *
     * @throws CapacityException if it does not fit into memory
     */
    public static Scheduler open(LanguageModel model, DecoderOptions options) {
        return open(model, options, Speculation.OFF);
    }

    /**
     * Open a decoder for as many answers at once as the options name sequences.
     *
     * @param speculation how far answers are guessed ahead; models that cannot take tokens back do without
     * @throws CapacityException if it does not fit into memory
     */
    public static Scheduler open(LanguageModel model, DecoderOptions options, Speculation speculation) {
        return new Scheduler(model, options, speculation);
    }

    public LanguageModel model() {
        return model;
    }

    /** Return how many answers can run at once. */
    public int sequences() {
        return slots.count();
    }

    /** Return how many tokens, prompt and answer together, fit into each role's context. */
    public int contextLength() {
        return decoder.contextLength();
    }

    /** Return how many answers are running. */
    public int running() {
        return running;
    }

    /**
     * Return how many tokens of the answers that run, and their prompts, the target's KV cache holds, of {@link
     * #sequences} times {@link #contextLength}; any thread may ask.
     */
    public long heldTokens() {
        return held;
    }

    /** Return what guessing ahead has done so far; any thread may ask. */
    public GuessCounts guesses() {
        return speculator.counts();
    }

    /** Return how often parts of the model ran side by side; any thread may ask. */
    public OverlapCounts overlaps() {
        return overlap.map(Capability.Overlap::overlaps).orElse(OverlapCounts.NONE);
    }

    /** Return how many requests wait for a free sequence. */
    public int queued() {
        return queue.size();
    }

    /** Ask for an answer that nobody listens to or cancels. */
    public CompletableFuture<Completion> submit(GenerationRequest request) {
        return submit(request, new Cancellation(), event -> {});
    }

    /**
     * Ask for an answer.
     *
     * @param cancellation ends the answer with {@link FinishReason#CANCELLED}: before the next decode, or at once and in
     *     the thread that cancels if the request still waits
     * @param listener gets each event as it happens, in the thread that calls {@link #step}, which it must not hold up;
     *     what it throws ends this answer
     * @return what {@link #step} completes, in its thread: with the answer, or with a {@link CapacityException} if the
     *     prompt does not fit into the context, an {@link InvalidLogitsException} if a model yields no usable row, or
     *     whatever else went wrong with this request
     */
    public CompletableFuture<Completion> submit(
            GenerationRequest request, Cancellation cancellation, Consumer<? super GenerationEvent> listener) {
        var job = new Job(request, cancellation, listener);
        queue.add(job);
        return job.result();
    }

    /** Wait until there is something for {@link #step} to do, or the scheduler is closed. */
    public void await() throws InterruptedException {
        if (running == 0) {
            queue.await();
        }
    }

    /**
     * Let waiting requests join, decode once, and draw one or more tokens for each answer that runs.
     *
     * @return whether there is more to do
     */
    public boolean step() {
        enter();
        try {
            admit();
            speculator.guess(active);
            fill();
            if (batch.size() > 0) {
                decode();
            }
            running = active.size();
            held = active.stream().mapToLong(Slot::fed).sum();
            return running > 0 || queued() > 0;
        } catch (Error e) {
            List.copyOf(active).forEach(slot -> fail(slot, e));
            running = 0;
            held = 0;
            throw e;
        } finally {
            owner.unlock();
        }
    }

    private void admit() {
        while (active.size() < slots.count()) {
            Job job = queue.first();
            if (job == null || slots.isWorthWaiting(job, active)) {
                return;
            }
            if (queue.take(job)) {
                begin(job);
            }
        }
    }

    private void begin(Job job) {
        try {
            job.begin(model.vocabulary(), scratch);
            if (job.isFinished()) {
                job.complete();
                return;
            }
            Slot slot = slots.prepare(job.prompt());
            slot.begin(job, uses++);
            active.add(slot);
            running = active.size();
        } catch (RuntimeException e) {
            job.fail(e);
        }
    }

    /** Put together what the next decode computes, in the order in which the answers began. */
    private void fill() {
        batch.clear();
        inBatch.clear();
        wanting.clear();
        for (Slot slot : List.copyOf(active)) {
            if (slot.job().cancellation().isCancelled()) {
                attempt(slot, () -> slot.job().answer().finish(FinishReason.CANCELLED));
            }
        }
        Optional<Slot> alone = active.stream().filter(Slot::isAlone).findFirst();
        if (alone.isPresent()) {
            add(alone.get(), Integer.MAX_VALUE, decoder.maxRows());
            return;
        }
        int left = promptTokens();
        int promised = active.stream().mapToInt(slot -> 1 + slot.draft().size()).sum();
        for (Slot slot : active) {
            boolean prefilling = slot.isPrefilling();
            if (!prefilling || left > 0) {
                int before = slot.fed();
                promised -= 1 + slot.draft().size();
                add(slot, left, decoder.maxRows() - batch.rows() - promised);
                left -= prefilling ? slot.fed() - before : 0;
            }
        }
    }

    /** Return how many tokens of prompts the next decode computes at most. */
    private int promptTokens() {
        if (active.size() == 1) {
            return Integer.MAX_VALUE;
        }
        long readers = active.stream().filter(Slot::isPrefilling).count();
        int most = 2 * readers > active.size() ? TOKENS_OF_READERS : TOKENS_A_STEP;
        int answers = active.stream()
                .filter(slot -> !slot.isPrefilling())
                .mapToInt(slot -> 1 + slot.draft().size())
                .sum();
        // However many answers run, prompts get on.
        return Math.max(most - answers, most / 4);
    }

    private void add(Slot slot, int most, int rows) {
        inBatch.add(slot);
        int before = batch.rows();
        slot.addTo(batch, most, rows);
        if (batch.rows() > before) {
            wanting.add(slot);
            firstRows[wanting.size() - 1] = before;
        }
    }

    private void decode() {
        boolean single = inBatch.size() == 1;
        try {
            decoder.decode(batch, single ? inBatch.getFirst().job().cancellation() : never);
        } catch (CancelledException e) {
            Slot slot = inBatch.getFirst();
            slot.lose();
            attempt(slot, () -> slot.job().answer().finish(FinishReason.CANCELLED));
            return;
        } catch (RuntimeException e) {
            boolean own = single && inBatch.getFirst().draft().size() == 0;
            inBatch.forEach(Slot::loseAfterFailure);
            if (own) {
                fail(inBatch.getFirst(), e);
            }
            return;
        }
        inBatch.forEach(slot -> slot.setAlone(false));
        hits = 0;
        for (int i = 0; i < wanting.size(); i++) {
            Slot slot = wanting.get(i);
            int firstRow = firstRows[i];
            attempt(slot, () -> hits += slot.take(decoder, firstRow));
        }
        speculator.checked(batch.rows(), wanting.size() + hits, hits);
    }

    /** Let an answer make a step, and part with it if that was its last. */
    private void attempt(Slot slot, Runnable step) {
        try {
            step.run();
            if (slot.job().isFinished()) {
                Job job = slot.job();
                release(slot);
                job.complete();
            }
        } catch (RuntimeException e) {
            fail(slot, e);
        }
    }

    private void fail(Slot slot, Throwable cause) {
        if (!slot.isFree()) {
            Job job = slot.job();
            release(slot);
            job.fail(cause);
        }
    }

    private void release(Slot slot) {
        active.remove(slot);
        running = active.size();
        slot.free();
    }

    private void enter() {
        if (owner.isHeldByCurrentThread()) {
            throw new IllegalStateException("A listener cannot drive the scheduler that called it");
        }
        if (!owner.tryLock()) {
            throw new IllegalStateException("Another thread drives this scheduler; one thread at a time may do so");
        }
        if (queue.isClosed()) {
            owner.unlock();
            throw new IllegalStateException("The scheduler is closed");
        }
    }

    /**
     * Close the decoder, not the model, after the step that is under way. Answers that were not finished fail with an
     * {@link IllegalStateException}. Closing twice is allowed, from within a listener it is not.
     */
    @Override
    public void close() {
        if (owner.isHeldByCurrentThread()) {
            throw new IllegalStateException("A listener cannot close the scheduler that called it");
        }
        owner.lock();
        try {
            List<Job> left = new ArrayList<>();
            active.forEach(slot -> left.add(slot.job()));
            active.clear();
            left.addAll(queue.close());
            running = 0;
            held = 0;
            decoder.close();
            left.forEach(
                    job -> job.fail(new IllegalStateException("The scheduler was closed before the answer's end")));
        } finally {
            owner.unlock();
        }
    }
}
