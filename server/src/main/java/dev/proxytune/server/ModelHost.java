package dev.proxytune.server;

import dev.proxytune.ExpertPair;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Holds a served model: loads it, opens what runs it, and unloads it when nobody has asked for a while. Thread-safe.
 */
final class ModelHost implements AutoCloseable {
    /** An expert is asked by those who compare, one after the other. */
    private static final int EXPERT_SEQUENCES = 2;

    private final ServedModel served;
    private final EngineOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable LoadedModel loaded;
    private volatile @Nullable Engine engine;
    private volatile @Nullable Engine expert;
    private @Nullable RowEngine rows;
    private volatile boolean loadingAtStart;
    private int users;
    private long lastUse = System.nanoTime();
    private boolean closed;

    ModelHost(ServedModel served, EngineOptions options) {
        this.served = served;
        this.options = options;
        this.loadingAtStart = served.loadedAtStart();
    }

    String name() {
        return served.name();
    }

    ServedModel served() {
        return served;
    }

    EngineOptions options() {
        return options;
    }

    boolean isLoaded() {
        return engine != null;
    }

    /** Return whether it is still being loaded since the start. */
    boolean isLoadingAtStart() {
        return loadingAtStart;
    }

    /** Return how many pairs steer it; 1 as long as it is not loaded. */
    int pairs() {
        Engine whole = engine;
        return whole != null && whole.model() instanceof ProxyTunedModel trio
                ? trio.pairs().size()
                : 1;
    }

    int running() {
        return count(Engine::running);
    }

    int queued() {
        return count(Engine::queued);
    }

    /** Return the share of the model's KV cache that running answers take, 0 if it is not loaded. */
    double cacheUse() {
        Engine whole = engine;
        return whole == null ? 0 : whole.cacheUse();
    }

    /** Return what guessing ahead has done since the model was loaded. */
    GuessCounts guesses() {
        Engine whole = engine;
        return whole == null ? GuessCounts.NONE : whole.guesses();
    }

    private int count(ToIntFunction<Engine> of) {
        Engine whole = engine;
        Engine part = expert;
        return (whole == null ? 0 : of.applyAsInt(whole)) + (part == null ? 0 : of.applyAsInt(part));
    }

    /**
     * Load the model, if that has not happened.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails
     */
    void load() {
        lock.lock();
        try {
            if (closed) {
                throw ApiError.unavailable("The server is stopping");
            }
            if (engine == null) {
                open();
            }
        } finally {
            loadingAtStart = false;
            lock.unlock();
        }
    }

    private void open() {
        LoadedModel opened = served.opener().get();
        try {
            Engine whole = Engine.start(opened.model(), options.sequences(), options, name());
            try {
                rows = served.sharing()
                        .map(sharing -> RowEngine.start(opened.model(), options, sharing, name()))
                        .orElse(null);
            } catch (RuntimeException | Error e) {
                whole.close();
                throw e;
            }
            engine = whole;
            loaded = opened;
        } catch (RuntimeException | Error e) {
            opened.model().close();
            throw e;
        }
    }

    /**
     * Use the model, which stays loaded until the lease is closed.
     *
     * @throws ApiException if it is not there yet, or will not be
     */
    Lease lease(Voice voice) {
        if (loadingAtStart) {
            throw ApiError.unavailable("Loading model");
        }
        lock.lock();
        try {
            load();
            Engine chosen = voice == Voice.EXPERT ? expertEngine() : engine;
            LoadedModel model = loaded;
            if (chosen == null || model == null) {
                throw new IllegalStateException("The model is not there after loading it");
            }
            users++;
            return new Lease(chosen, model, rows);
        } finally {
            lock.unlock();
        }
    }

    private Engine expertEngine() {
        Engine found = expert;
        if (found == null) {
            LanguageModel model = Optional.ofNullable(loaded)
                    .map(LoadedModel::model)
                    .filter(ProxyTunedModel.class::isInstance)
                    .map(ProxyTunedModel.class::cast)
                    .map(trio -> trio.pairs().getFirst())
                    .flatMap(ExpertPair::expert)
                    .orElseThrow(() -> ApiError.notFound("The model has no expert", "model_not_found"));
            found = Engine.start(
                    model, Math.min(EXPERT_SEQUENCES, options.sequences()), options, name() + Voice.EXPERT.suffix());
            expert = found;
        }
        return found;
    }

    /** Unload the model if nobody has used it for as long as the options say. */
    void unloadIfIdle() {
        Duration patience = options.unloadAfter();
        lock.lock();
        try {
            boolean idle = users == 0 && System.nanoTime() - lastUse >= patience.toNanos();
            if (!patience.isZero() && idle) {
                unload();
            }
        } finally {
            lock.unlock();
        }
    }

    private void unload() {
        Engine whole = engine;
        Engine part = expert;
        RowEngine shared = rows;
        LoadedModel model = loaded;
        engine = null;
        expert = null;
        rows = null;
        loaded = null;
        if (shared != null) {
            shared.close();
        }
        if (part != null) {
            part.close();
        }
        if (whole != null) {
            whole.close();
        }
        if (model != null) {
            model.model().close();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            unload();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a model loaded. */
    final class Lease implements AutoCloseable {
        private final Engine chosen;
        private final LoadedModel model;
        private final @Nullable RowEngine rows;
        private boolean over;

        private Lease(Engine chosen, LoadedModel model, @Nullable RowEngine rows) {
            this.chosen = chosen;
            this.model = model;
            this.rows = rows;
        }

        Engine engine() {
            return chosen;
        }

        LoadedModel model() {
            return model;
        }

        /** Return what computes rows for others, if the model shares them. */
        Optional<RowEngine> rows() {
            return Optional.ofNullable(rows);
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!over) {
                    over = true;
                    users--;
                    lastUse = System.nanoTime();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
