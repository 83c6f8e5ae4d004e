package dev.proxytune.server;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Computes the rows that clients ask for, with a decoder of its own: those of several clients together, and of each no more
 * of a long text at a time than lets the others get on. Thread-safe.
 *
 * <p>A text that begins as an earlier one of the same key is computed from where they part.
 */
final class RowEngine implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(RowEngine.class.getName());

    /** More than a draft and a token, as much as keeps a request's memory small. */
    private static final int MOST_ROWS = 32;

    /** Drafts of several clients. */
    private static final int ROWS_A_STEP = 2 * MOST_ROWS;

    /** How many tokens one decode computes at most while several wait. */
    private static final int TOKENS_A_STEP = 512;

    private final Decoder decoder;
    private final int vocabularySize;
    private final int mostRows;
    private final int capacity;
    private final RowRates rates;
    private final Thread driver;
    private final Batch batch = new Batch();
    private final Cancellation never = new Cancellation();
    private final RowCache cache;
    private final Map<RowJob, RowCache.Place> active = new LinkedHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<RowJob> waiting = new ArrayList<>();
    private final Map<Integer, Integer> places = new HashMap<>();
    private int taken;
    private boolean closed;

    private RowEngine(LanguageModel model, Decoder decoder, int capacity, RowRates rates, String name) {
        this.decoder = decoder;
        this.vocabularySize = model.vocabulary().size();
        this.mostRows = Math.min(MOST_ROWS, decoder.maxRows());
        this.capacity = capacity;
        this.rates = rates;
        this.cache = new RowCache(decoder);
        this.driver = Thread.ofPlatform().name("rows " + name).daemon().unstarted(this::drive);
    }

    /**
     * Open a decoder and begin to wait for requests.
     *
     * @throws dev.proxytune.CapacityException if it does not fit into memory
     */
    static RowEngine start(LanguageModel model, EngineOptions options, RowSharing sharing, String name) {
        DecoderOptions size = DecoderOptions.DEFAULT
                .withSequences(options.sequences())
                .withContextLength(options.contextFor(model.contextLength()))
                .withMaxRows(Math.max(options.sequences(), ROWS_A_STEP));
        var rates = new RowRates(sharing.rate(), System::nanoTime);
        var engine = new RowEngine(model, model.open(size), options.sequences() + options.queue(), rates, name);
        engine.driver.start();
        return engine;
    }

    int vocabularySize() {
        return vocabularySize;
    }

    int contextLength() {
        return decoder.contextLength();
    }

    /** Return how many rows a request may ask for. */
    int mostRows() {
        return mostRows;
    }

    /** Return how many requests are inside. */
    int inside() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Take rows of a key's allowance, as {@link RowRates#take} does. */
    Duration charge(int key, int rows) {
        return rates.take(key, rows);
    }

    /** Take a place for a request, from before it is computed until its answer is sent; one key never gets all. */
    boolean reserve(int key) {
        lock.lock();
        try {
            int own = places.getOrDefault(key, 0);
            if (taken >= capacity || own >= Math.max(1, capacity * 3 / 4)) {
                return false;
            }
            taken++;
            places.put(key, own + 1);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Give a place back. */
    void release(int key) {
        lock.lock();
        try {
            taken--;
            places.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
        } finally {
            lock.unlock();
        }
    }

    /** Ask for rows, in a place that was reserved. The tokens and rows must have been checked. */
    void submit(RowJob job) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The engine is closed");
            }
            waiting.add(job);
            changed.signal();
        } finally {
            lock.unlock();
        }
        job.cancellation.add(() -> leave(job));
    }

    /** Let a request that waits go. */
    private void leave(RowJob job) {
        boolean gone;
        lock.lock();
        try {
            gone = waiting.remove(job);
        } finally {
            lock.unlock();
        }
        if (gone) {
            job.result.completeExceptionally(new CancelledException());
        }
    }

    private void drive() {
        try {
            while (admit()) {
                step();
            }
        } catch (InterruptedException e) {
            LOGGER.log(Level.DEBUG, "Interrupted", e);
        } finally {
            end();
        }
    }

    /** Wait for something to do, and let in whom there is room for; return false when all is over. */
    private boolean admit() throws InterruptedException {
        List<RowJob> admitted = new ArrayList<>();
        lock.lock();
        try {
            while (!closed && waiting.isEmpty() && active.isEmpty()) {
                changed.await();
            }
            Map<Integer, Integer> running = new HashMap<>();
            active.keySet().forEach(job -> running.merge(job.key, 1, Integer::sum));
            int room = decoder.sequences() - active.size();
            while (!closed && admitted.size() < room && !waiting.isEmpty()) {
                // Of those who have least, who came first.
                RowJob next = waiting.stream()
                        .min(Comparator.comparingInt(job -> running.getOrDefault(job.key, 0)))
                        .orElseThrow();
                waiting.remove(next);
                running.merge(next.key, 1, Integer::sum);
                admitted.add(next);
            }
            if (closed) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        for (RowJob job : admitted) {
            try {
                active.put(job, cache.take(job));
            } catch (RuntimeException e) {
                job.result.completeExceptionally(e);
            }
        }
        return true;
    }

    /** Decode once, and end those whose rows that yields. */
    private void step() {
        for (RowJob job : List.copyOf(active.keySet())) {
            if (job.cancellation.isCancelled()) {
                fail(job, new CancelledException());
            }
        }
        List<RowJob> inBatch = new ArrayList<>();
        Map<RowJob, Integer> ends = fill(inBatch);
        if (inBatch.isEmpty()) {
            return;
        }
        boolean single = inBatch.size() == 1;
        try {
            decoder.decode(batch, single ? inBatch.getFirst().cancellation : never);
        } catch (RuntimeException | Error e) {
            inBatch.forEach(job -> place(job).lose());
            if (single || e instanceof Error) {
                inBatch.forEach(job -> fail(job, e));
            } else {
                // It may be the fault of one of them: each has to show that it can.
                inBatch.forEach(job -> job.alone = true);
            }
            return;
        }
        int row = 0;
        for (RowJob job : inBatch) {
            int end = Objects.requireNonNull(ends.get(job));
            place(job).hold(job.tokens, end);
            if (end == job.tokens.length) {
                row = deliver(job, row);
            }
        }
    }

    private RowCache.Place place(RowJob job) {
        return Objects.requireNonNull(active.get(job));
    }

    /**
     * Put together what the next decode computes, and return for each job up to which token.
     *
     * <p>Who wants little goes before who wants much, but who has been here longest always gets on.
     */
    private Map<RowJob, Integer> fill(List<RowJob> inBatch) {
        batch.clear();
        Map<RowJob, Integer> ends = new HashMap<>();
        List<RowJob> candidates = candidates();
        int others = candidates.stream().skip(1).mapToInt(this::missing).sum();
        int left = Math.max(TOKENS_A_STEP / 4, TOKENS_A_STEP - others);
        for (RowJob job : candidates) {
            int common = place(job).common();
            int missing = missing(job);
            if (missing <= Math.max(left, job.rows) && batch.rows() + job.rows <= decoder.maxRows()) {
                addWhole(job);
                ends.put(job, job.tokens.length);
            } else if (left > 0 && job.start() - 1 > common) {
                int end = Math.min(job.start() - 1, common + left);
                missing = end - common;
                batch.start(place(job).sequence, Prompt.of(Arrays.copyOf(job.tokens, end)), job.steering, false);
                ends.put(job, end);
            } else {
                continue;
            }
            inBatch.add(job);
            left = (inBatch.size() == 1 ? TOKENS_A_STEP : left) - missing;
        }
        return ends;
    }

    /** Return whom the next decode may be for: who came first, then those who want least. */
    private List<RowJob> candidates() {
        List<RowJob> all = new ArrayList<>(active.keySet());
        Optional<RowJob> alone = all.stream().filter(job -> job.alone).findFirst();
        if (alone.isPresent()) {
            return List.of(alone.get());
        }
        if (all.size() > 2) {
            all.subList(1, all.size()).sort(Comparator.comparingInt(this::missing));
        }
        return all;
    }

    /** Return how many tokens of a job are still to be computed. */
    private int missing(RowJob job) {
        return Math.max(1, job.tokens.length - place(job).common());
    }

    private void addWhole(RowJob job) {
        int sequence = place(job).sequence;
        batch.start(sequence, Prompt.of(Arrays.copyOf(job.tokens, job.start())), job.steering, true);
        for (int place = job.start(); place < job.tokens.length; place++) {
            batch.append(sequence, job.tokens[place], true);
        }
    }

    /** Copy the rows of a job, whose first has a number, and return the number of the next job's first. */
    private int deliver(RowJob job, int first) {
        try {
            float[] logits = new float[job.rows * vocabularySize];
            for (int i = 0; i < job.rows; i++) {
                Row row = decoder.row(first + i);
                row.copyTo(0, logits, i * vocabularySize, vocabularySize);
            }
            leavePlace(job);
            job.result.complete(logits);
        } catch (RuntimeException | Error e) {
            fail(job, e);
        }
        return first + job.rows;
    }

    private void fail(RowJob job, Throwable cause) {
        leavePlace(job);
        job.result.completeExceptionally(cause);
    }

    private void leavePlace(RowJob job) {
        RowCache.Place place = active.remove(job);
        if (place != null) {
            place.leave();
        }
    }

    private void end() {
        List<RowJob> left = new ArrayList<>(active.keySet());
        active.clear();
        lock.lock();
        try {
            closed = true;
            left.addAll(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        decoder.close();
        left.forEach(job -> job.result.completeExceptionally(
                new IllegalStateException("The engine was closed before the rows were there")));
    }

    /** Let what is inside fail after the decode under way, and free the decoder. Closing twice is allowed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (driver.isAlive()) {
            try {
                driver.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
