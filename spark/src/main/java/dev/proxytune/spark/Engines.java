package dev.proxytune.spark;

import dev.proxytune.batch.BatchEngine;
import dev.proxytune.batch.EngineSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps one engine for each source in this JVM, opened when a task first needs it and closed when none has for a while.
 * Thread-safe.
 */
final class Engines {
    /** The next task comes in a moment, and loading models again takes long. */
    private static final Executor LATER = CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS);

    private static final Map<EngineSource, Shared> SHARED = new HashMap<>();

    private Engines() {}

    /** Holds an engine and counts who uses it. */
    private static final class Shared {
        private final BatchEngine engine;
        private int users;
        private long uses;

        Shared(BatchEngine engine) {
            this.engine = engine;
        }
    }

    /** Is the use of an engine, which ends once. */
    static final class Lease implements AutoCloseable {
        private final EngineSource source;
        private final BatchEngine engine;
        private final AtomicBoolean over = new AtomicBoolean();

        private Lease(EngineSource source, BatchEngine engine) {
            this.source = source;
            this.engine = engine;
        }

        BatchEngine engine() {
            return engine;
        }

        @Override
        public void close() {
            if (!over.getAndSet(true)) {
                release(source);
            }
        }
    }

    /**
     * Use the engine of a source, which may open it.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails
     */
    static Lease lease(EngineSource source) {
        synchronized (SHARED) {
            Shared shared = SHARED.computeIfAbsent(source, opened -> new Shared(opened.open()));
            shared.users++;
            shared.uses++;
            return new Lease(source, shared.engine);
        }
    }

    private static void release(EngineSource source) {
        synchronized (SHARED) {
            Shared shared = SHARED.get(source);
            if (shared == null || --shared.users > 0) {
                return;
            }
            long before = shared.uses;
            LATER.execute(() -> closeIfIdle(source, before));
        }
    }

    private static void closeIfIdle(EngineSource source, long before) {
        synchronized (SHARED) {
            Shared shared = SHARED.get(source);
            if (shared != null && shared.users == 0 && shared.uses == before) {
                SHARED.remove(source);
                shared.engine.close();
            }
        }
    }

    /** Return how many engines are open in this JVM. */
    static int open() {
        synchronized (SHARED) {
            return SHARED.size();
        }
    }
}
