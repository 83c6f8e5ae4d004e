package dev.proxytune.llama;

import static dev.proxytune.llama.Native.BOOL;
import static dev.proxytune.llama.Native.INT;
import static dev.proxytune.llama.Native.LONG;
import static dev.proxytune.llama.Native.POINTER;
import static dev.proxytune.llama.Native.TRIVIAL;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/** Call what llama.cpp offers for contexts and the memory of their sequences. */
final class ContextApi {
    private static final MethodHandle DEFAULT_PARAMS =
            Native.bind("llama_context_default_params", FunctionDescriptor.of(Structs.CONTEXT_PARAMS));
    private static final MethodHandle INIT =
            Native.bind("llama_init_from_model", FunctionDescriptor.of(POINTER, POINTER, Structs.CONTEXT_PARAMS));
    private static final MethodHandle FREE = Native.bind("llama_free", FunctionDescriptor.ofVoid(POINTER));
    private static final MethodHandle BATCH_LENGTH =
            Native.bind("llama_n_batch", FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    private static final MethodHandle SEQUENCE_LENGTH =
            Native.bind("llama_n_ctx_seq", FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    private static final MethodHandle MEMORY =
            Native.bind("llama_get_memory", FunctionDescriptor.of(POINTER, POINTER), TRIVIAL);
    private static final MethodHandle ATTACH_POOL =
            Native.bind("llama_attach_threadpool", FunctionDescriptor.ofVoid(POINTER, POINTER, POINTER));
    private static final MethodHandle SET_THREADS =
            Native.bind("llama_set_n_threads", FunctionDescriptor.ofVoid(POINTER, INT, INT));
    private static final MethodHandle SET_LORAS =
            Native.bind("llama_set_adapters_lora", FunctionDescriptor.of(INT, POINTER, POINTER, LONG, POINTER));
    private static final MethodHandle DECODE =
            Native.bind("llama_decode", FunctionDescriptor.of(INT, POINTER, Structs.BATCH));
    private static final MethodHandle LOGITS = Native.bind("llama_get_logits", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle REMOVE =
            Native.bind("llama_memory_seq_rm", FunctionDescriptor.of(BOOL, POINTER, INT, INT, INT));
    private static final MethodHandle COPY =
            Native.bind("llama_memory_seq_cp", FunctionDescriptor.ofVoid(POINTER, INT, INT, INT, INT));
    private static final MethodHandle FIRST_POSITION =
            Native.bind("llama_memory_seq_pos_min", FunctionDescriptor.of(INT, POINTER, INT));

    private ContextApi() {}

    static MemorySegment defaultParams(Arena arena) {
        try {
            return (MemorySegment) DEFAULT_PARAMS.invokeExact((SegmentAllocator) arena);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Create a context, or return a null pointer. */
    static MemorySegment init(MemorySegment model, MemorySegment params) {
        try {
            return (MemorySegment) INIT.invokeExact(model, params);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void free(MemorySegment context) {
        try {
            FREE.invokeExact(context);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return the most tokens that one decode may get. */
    static int batchLength(MemorySegment context) {
        return count(BATCH_LENGTH, context);
    }

    /** Return the most tokens that one sequence can hold. */
    static int sequenceLength(MemorySegment context) {
        return count(SEQUENCE_LENGTH, context);
    }

    /** Return the memory of the context, a null pointer for models that keep none. */
    static MemorySegment memory(MemorySegment context) {
        try {
            return (MemorySegment) MEMORY.invokeExact(context);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void attachPool(MemorySegment context, MemorySegment pool) {
        try {
            ATTACH_POOL.invokeExact(context, pool, pool);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Set how many threads of its pool a context computes with, prompts too. */
    static void setThreads(MemorySegment context, int threads) {
        try {
            SET_THREADS.invokeExact(context, threads, threads);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void setLora(MemorySegment context, MemorySegment adapter, float scale) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment adapters = arena.allocateFrom(POINTER, adapter);
            MemorySegment scales = arena.allocateFrom(Native.FLOAT, scale);
            int ignored = (int) SET_LORAS.invokeExact(context, adapters, 1L, scales);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /**
     * Decode a batch.
     *
     * @return 0 for success, 1 for no room in the cache, 2 for aborted, a negative number for a failure
     */
    static int decode(MemorySegment context, MemorySegment batch) {
        try {
            return (int) DECODE.invokeExact(context, batch);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return the rows of the last decode, one behind the other in the order of the batch. */
    static MemorySegment logits(MemorySegment context) {
        try {
            return (MemorySegment) LOGITS.invokeExact(context);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Remove a whole sequence, which no memory refuses. */
    static void remove(MemorySegment memory, int sequence) {
        boolean ignored = remove(memory, sequence, -1);
    }

    /** Remove a sequence from a position on, unless the memory can only remove all of it. */
    static boolean remove(MemorySegment memory, int sequence, int from) {
        try {
            return (boolean) REMOVE.invokeExact(memory, sequence, from, -1);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Copy a whole sequence; parts of one cannot be copied where each sequence has a buffer of its own. */
    static void copy(MemorySegment memory, int from, int to) {
        try {
            COPY.invokeExact(memory, from, to, -1, -1);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return the first position from which on the memory holds the sequence without gaps, or −1 if it is empty. */
    static int firstPosition(MemorySegment memory, int sequence) {
        try {
            return (int) FIRST_POSITION.invokeExact(memory, sequence);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static int count(MethodHandle function, MemorySegment context) {
        try {
            return (int) function.invokeExact(context);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
