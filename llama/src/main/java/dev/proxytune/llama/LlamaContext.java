package dev.proxytune.llama;

import dev.proxytune.CancelledException;
import dev.proxytune.CapacityException;
import dev.proxytune.ProxyTuneException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Own a {@code llama_context}: the KV cache, the batch that feeds it, the rows it yields.
 *
 * <p>llama.cpp asks a callback before each node of a graph whether to stop. A call into Java each time would cost about
 * as much as the smallest nodes themselves, so the callback is C's {@code strlen} over a text of one or no characters:
 * its result, 1 or 0, is what a C function that returns a bool leaves behind. Cancelling writes that character.
 */
final class LlamaContext {
    private static final VarHandle FLAG = Native.BYTE.varHandle();

    private final NativeModel model;
    private final Arena arena = Arena.ofShared();
    private ComputePool pool;

    /**
     * The pools of which llama.cpp holds one: none before the first decode, the one computed on after most, several after
     * some that failed. It pauses that pool when it is given another.
     */
    private Set<ComputePool> held = Set.of();

    private int part;

    /** How many parts of the processor there are, of which the pool is one; 0 if it is shared with nobody. */
    private int parts;

    private final MemorySegment stop;
    private final MemorySegment handle;
    private final MemorySegment memory;
    private final NativeBatch batch;
    private final int rowLength;
    private final int threads;
    private MemorySegment rows = MemorySegment.NULL;

    private LlamaContext(NativeModel model, ContextPlan plan, ModelOptions options, int rowLength) {
        this.model = model;
        this.rowLength = rowLength;
        this.pool = ComputePool.of(options.threads(), model.devices());
        this.threads = pool.threads();
        this.stop = arena.allocate(2);
        this.handle = create(plan, options);
        this.memory = ContextApi.memory(handle);
        this.batch = new NativeBatch(arena, Math.min(plan.batch(), ContextApi.batchLength(handle)), plan.sequences());
    }

    /** Create a context; the caller stays a user of the model and the adapter until {@link #close}. */
    static LlamaContext create(
            NativeModel model, @Nullable NativeAdapter adapter, ContextPlan plan, ModelOptions options, int rowLength) {
        model.adapters().readLock().lock();
        try {
            var context = new LlamaContext(model, plan, options, rowLength);
            if (Native.isNull(context.memory)) {
                context.close();
                throw new CapacityException("The model " + model.file() + " keeps no memory of a text to continue it");
            }
            ContextApi.attachPool(context.handle, context.pool.handle());
            if (adapter != null) {
                ContextApi.setLora(context.handle, adapter.handle(), adapter.scale());
            }
            return context;
        } finally {
            model.adapters().readLock().unlock();
        }
    }

    private MemorySegment create(ContextPlan plan, ModelOptions options) {
        try (Arena temporary = Arena.ofConfined()) {
            MemorySegment params = ContextApi.defaultParams(temporary);
            params.set(Native.INT, Structs.ContextParams.N_CTX, plan.cells());
            params.set(Native.INT, Structs.ContextParams.N_BATCH, plan.batch());
            params.set(Native.INT, Structs.ContextParams.N_UBATCH, plan.microBatch());
            params.set(Native.INT, Structs.ContextParams.N_SEQ_MAX, plan.sequences());
            params.set(Native.INT, Structs.ContextParams.N_OUTPUTS_MAX, plan.rows());
            params.set(Native.INT, Structs.ContextParams.N_THREADS, pool.threads());
            params.set(Native.INT, Structs.ContextParams.N_THREADS_BATCH, pool.threads());
            params.set(
                    Native.INT,
                    Structs.ContextParams.FLASH_ATTN_TYPE,
                    options.flashAttention().code());
            params.set(
                    Native.INT, Structs.ContextParams.TYPE_K, options.keyType().code());
            params.set(
                    Native.INT,
                    Structs.ContextParams.TYPE_V,
                    options.valueType().code());
            params.set(
                    Native.POINTER,
                    Structs.ContextParams.ABORT_CALLBACK,
                    Linker.nativeLinker().defaultLookup().findOrThrow("strlen"));
            params.set(Native.POINTER, Structs.ContextParams.ABORT_CALLBACK_DATA, stop);
            params.set(Native.BOOL, Structs.ContextParams.NO_PERF, true);
            // Models with a sliding window would drop what left it, and then neither reuse of a prompt's beginning nor
            // cutting back could be relied on.
            params.set(Native.BOOL, Structs.ContextParams.SWA_FULL, true);
            // A buffer for each sequence: in a common one each token is held against the tokens of all sequences.
            params.set(Native.BOOL, Structs.ContextParams.KV_UNIFIED, false);
            var created = LlamaLog.explaining(() -> ContextApi.init(model.handle(), params));
            if (Native.isNull(created.result())) {
                arena.close();
                throw new CapacityException("llama.cpp cannot make a context of " + plan.contextLength()
                        + " tokens for " + plan.sequences() + " sequences of " + model.file() + created.suffix());
            }
            return created.result();
        }
    }

    /** Return the batch to fill for {@link #decode}. */
    NativeBatch batch() {
        return batch;
    }

    /** Ask the decode under way, from any thread, or the next one, to stop. */
    void stop() {
        FLAG.setVolatile(stop, 0L, (byte) 1);
    }

    /** Take back {@link #stop}. */
    void go() {
        FLAG.setVolatile(stop, 0L, (byte) 0);
    }

    /** Decode the batch and empty it. */
    void decode() {
        LlamaLog.Explained<Integer> decoded = decodeLocked();
        int tokens = batch.size();
        batch.clear();
        switch (decoded.result()) {
            case 0 -> {}
            case 1 ->
                throw new CapacityException("The KV cache of " + model.file() + " has no room for " + tokens
                        + " more tokens: use a longer context (-c) or fewer sequences");
            case 2 -> throw new CancelledException();
            default ->
                throw new ProxyTuneException("llama.cpp failed to decode " + tokens + " tokens with " + model.file()
                        + ": error " + decoded.result() + decoded.suffix());
        }
    }

    private LlamaLog.Explained<Integer> decodeLocked() {
        if (parts > 0) {
            ComputePool.calm();
        }
        return pool.locking(held, () -> {
            model.adapters().readLock().lock();
            try {
                var decoded = LlamaLog.explaining(() -> ContextApi.decode(handle, batch.struct()));
                hold(decoded.result());
                return decoded;
            } finally {
                model.adapters().readLock().unlock();
            }
        });
    }

    /** Note which pools llama.cpp may hold now: it changes them before it computes, so a decode that is stopped does too. */
    private void hold(int result) {
        if (result == 0 || result == 2) {
            held = Set.of(pool);
        } else if (result < 0) {
            Set<ComputePool> either = new HashSet<>(held);
            either.add(pool);
            held = either;
        }
    }

    /** Return how many threads compute if they have all of the processor. */
    int threads() {
        return threads;
    }

    /** Compute on a part of the processor from now on. */
    void share(int number, int count) {
        if (number == part && count == parts) {
            return;
        }
        part = number;
        parts = count;
        pool = ComputePool.of(threads, part, parts);
        ContextApi.attachPool(handle, pool.handle());
        ContextApi.setThreads(handle, pool.threads());
    }

    /** Return the logits of the last decode, {@code count} rows one behind the other. */
    @SuppressWarnings("restricted")
    MemorySegment rows(int count) {
        MemorySegment logits = ContextApi.logits(handle);
        long size = (long) count * rowLength * Float.BYTES;
        if (Native.isNull(logits)) {
            throw new ProxyTuneException("llama.cpp yielded no logits with " + model.file());
        }
        if (logits.address() != rows.address() || rows.byteSize() < size) {
            rows = logits.reinterpret(size, arena, null);
        }
        return rows;
    }

    /** Remove a sequence from a position on, or refuse and leave it as it is. */
    boolean remove(int sequence, int from) {
        return ContextApi.remove(memory, sequence, from);
    }

    /** Remove a whole sequence. */
    void remove(int sequence) {
        ContextApi.remove(memory, sequence);
    }

    /** Make a sequence, which must be empty, a copy of another. */
    void copy(int from, int to) {
        ContextApi.copy(memory, from, to);
    }

    /** Return whether the cache still holds the sequence from its first token on. */
    boolean holdsStart(int sequence) {
        return ContextApi.firstPosition(memory, sequence) == 0;
    }

    /** Free everything; rows that are still read fail. */
    void close() {
        arena.close();
        ContextApi.free(handle);
    }
}
