package dev.proxytune.llama;

import dev.proxytune.Decoder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Share the threads that compute among all contexts of the process.
 *
 * <p>Threads of a pool that is idle keep looking for work for a while and take the cores from the one that has some:
 * three contexts that decode in turn are several times as slow with a pool each as with one for all. So there is one
 * for each number of threads ever asked for, kept for the life of the process. A context uses the same pool for prompts
 * and for single tokens, since switching between two would pause the one that another context may be computing on.
 *
 * <p>A pool computes one graph at a time, so decodes are {@linkplain #locking locked}. Contexts whose layers are all on
 * other devices therefore do not use the pool of those that compute here: they would wait for each other. Theirs, one for
 * each set of devices, has threads that sleep when there is nothing to do, as there hardly ever is.
 *
 * <p>Contexts that share the processor have a pool for each part of it, and one for all of it in between. Their threads
 * sleep too: looking for work, they would take cores from the other parts. A context that changes its pool makes
 * llama.cpp pause the one it had, on which no other may be computing then.
 */
final class ComputePool {
    private static final Map<Key, ComputePool> POOLS = new HashMap<>();

    /** What makes the threads of a pool sleep until it is given the next graph, which llama.cpp offers to C alone. */
    private static final Optional<MethodHandle> PAUSE = LlamaLibrary.cpuFunction("ggml_threadpool_pause")
            .map(function -> Native.bind(function, FunctionDescriptor.ofVoid(Native.POINTER)));

    /** How eagerly idle threads look for work, from 0 to 100; llama.cpp's own default. */
    private static final int POLL = 50;

    /** Up to so many processors, a core's second thread is used too: there are few other threads to disturb it. */
    private static final int FEW_PROCESSORS = 4;

    private final MemorySegment handle;
    private final int threads;

    /** The order in which locks are taken. */
    private final int number;

    private final boolean isEager;

    /** Written to compute on the pool or to pause it, read to switch a context away from it. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Whether threads may look for work since the last decode. */
    private volatile boolean isAwake;

    private ComputePool(Key key, int number) {
        this.number = number;
        this.threads = key.threads();
        this.isEager = key.isHere() && key.parts() == 0;
        this.handle = create(threads, isEager ? POLL : 0);
    }

    /**
     * Tell pools apart.
     *
     * @param parts how many parts of the processor there are, each with a pool; 0 for the pool that shares with none
     */
    private record Key(int threads, Set<String> devices, int part, int parts) {

        private boolean isHere() {
            return devices.contains(Decoder.CPU);
        }
    }

    /**
     * Return the pool with so many threads, for contexts that compute here.
     *
     * @param threads 0 for the default
     */
    static ComputePool of(int threads) {
        return of(threads, Set.of(Decoder.CPU));
    }

    /**
     * Return the pool with so many threads.
     *
     * @param threads 0 for the default
     * @param devices what computes the layers
     */
    static ComputePool of(int threads, Set<String> devices) {
        // More threads than processors would spin while the others wait for a processor, and take ages.
        int count = threads == 0
                ? defaultThreads()
                : Math.min(threads, Runtime.getRuntime().availableProcessors());
        return of(new Key(count, devices.contains(Decoder.CPU) ? Set.of(Decoder.CPU) : Set.copyOf(devices), 0, 0));
    }

    /**
     * Return the pool of one of some equal parts of the processor.
     *
     * @param threads how many threads all parts have together, a multiple of {@code parts}
     * @param part from 0
     * @param parts 1 for all of the processor
     */
    static ComputePool of(int threads, int part, int parts) {
        return of(new Key(threads / parts, Set.of(Decoder.CPU), part, parts));
    }

    private static ComputePool of(Key key) {
        synchronized (POOLS) {
            @Nullable ComputePool pool = POOLS.get(key);
            if (pool == null) {
                pool = new ComputePool(key, POOLS.size());
                POOLS.put(key, pool);
            }
            return pool;
        }
    }

    MemorySegment handle() {
        return handle;
    }

    int threads() {
        return threads;
    }

    ReentrantReadWriteLock lock() {
        return lock;
    }

    /** Run something on this pool while nobody computes on it, nor on the others, which it may make llama.cpp pause. */
    <T> T locking(Set<ComputePool> others, Supplier<T> action) {
        Deque<Lock> held = new ArrayDeque<>();
        try {
            Stream.concat(Stream.of(this), others.stream())
                    .distinct()
                    .sorted(Comparator.comparingInt(pool -> pool.number))
                    .forEach(pool -> {
                        Lock needed = pool == this ? pool.lock.writeLock() : pool.lock.readLock();
                        needed.lock();
                        held.push(needed);
                    });
            isAwake = isEager;
            return action.get();
        } finally {
            held.forEach(Lock::unlock);
        }
    }

    /** Let threads sleep that look for work and would take cores from a pool that has a part of the processor. */
    static void calm() {
        synchronized (POOLS) {
            for (ComputePool pool : POOLS.values()) {
                if (pool.isAwake && pool.lock.writeLock().tryLock()) {
                    try {
                        PAUSE.ifPresent(pool::pause);
                        pool.isAwake = false;
                    } finally {
                        pool.lock.writeLock().unlock();
                    }
                }
            }
        }
    }

    private void pause(MethodHandle function) {
        try {
            function.invokeExact(handle);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static MemorySegment create(int threads, int poll) {
        MemorySegment backend = LlamaLibrary.cpu().orElseThrow();
        MemorySegment function = BackendApi.backendFunction(backend, "ggml_threadpool_new");
        if (Native.isNull(function)) {
            throw new NativeLibraryException("The CPU back end of llama.cpp offers no thread pool");
        }
        MemorySegment pool;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(Structs.THREADPOOL_PARAMS);
            params.set(Native.INT, Structs.ThreadpoolParams.N_THREADS, threads);
            params.set(Native.INT, Structs.ThreadpoolParams.POLL, poll);
            pool = (MemorySegment) Native.bind(function, FunctionDescriptor.of(Native.POINTER, Native.POINTER))
                    .invokeExact(params);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
        if (Native.isNull(pool)) {
            throw new NativeLibraryException("llama.cpp could not start " + threads + " threads: lower the number");
        }
        return pool;
    }

    private static int defaultThreads() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (processors <= FEW_PROCESSORS) {
            return processors;
        }
        int cores = cores();
        return cores == 0 ? processors : Math.min(cores, processors);
    }

    /** Return the number of cores, of which each may count as two processors, or 0 if it is not known. */
    private static int cores() {
        Path info = Path.of("/proc/cpuinfo");
        Set<String> cores = new HashSet<>();
        String socket = "";
        if (!Files.isReadable(info)) {
            return 0;
        }
        try {
            for (String line : Files.readAllLines(info, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("physical id")) {
                    socket = line;
                } else if (line.startsWith("core id")) {
                    cores.add(socket + line);
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return cores.size();
    }
}
