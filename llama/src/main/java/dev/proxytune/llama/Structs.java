package dev.proxytune.llama;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * Give the sizes of llama.cpp's structs and the offsets of the fields that are set here.
 *
 * <p>They are those of v0.5.0 on 64-bit platforms. Structs are always filled by llama.cpp's own defaults first, so
 * fields not named here keep them. All are larger than 16 bytes, so no calling convention passes them in registers and
 * the kinds of their fields do not matter to the linker: longs will do.
 */
final class Structs {
    static final StructLayout MODEL_PARAMS = longs(10);
    static final StructLayout CONTEXT_PARAMS = longs(20);
    static final StructLayout BATCH = longs(7);
    static final StructLayout THREADPOOL_PARAMS = longs(66);
    static final StructLayout QUANTIZE_PARAMS = longs(8);

    private Structs() {}

    private static StructLayout longs(int count) {
        return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(count, ValueLayout.JAVA_LONG));
    }

    /** Fields of {@code llama_model_params}. */
    static final class ModelParams {
        static final long N_GPU_LAYERS = 16;
        static final long SPLIT_MODE = 20;
        static final long LOAD_MODE = 24;
        static final long MAIN_GPU = 32;
        static final long VOCAB_ONLY = 72;
        static final long NO_ALLOC = 76;

        private ModelParams() {}
    }

    /** Fields of {@code llama_context_params}. */
    static final class ContextParams {
        static final long N_CTX = 0;
        static final long N_BATCH = 4;
        static final long N_UBATCH = 8;
        static final long N_SEQ_MAX = 12;
        static final long N_OUTPUTS_MAX = 20;
        static final long N_THREADS = 28;
        static final long N_THREADS_BATCH = 32;
        static final long FLASH_ATTN_TYPE = 52;
        static final long TYPE_K = 104;
        static final long TYPE_V = 108;
        static final long ABORT_CALLBACK = 112;
        static final long ABORT_CALLBACK_DATA = 120;
        static final long NO_PERF = 130;
        static final long SWA_FULL = 132;
        static final long KV_UNIFIED = 133;

        private ContextParams() {}
    }

    /** Fields of {@code llama_batch}. */
    static final class BatchFields {
        static final long N_TOKENS = 0;
        static final long TOKEN = 8;
        static final long EMBD = 16;
        static final long POS = 24;
        static final long N_SEQ_ID = 32;
        static final long SEQ_ID = 40;
        static final long LOGITS = 48;

        private BatchFields() {}
    }

    /** Fields of {@code ggml_threadpool_params}. */
    static final class ThreadpoolParams {
        static final long N_THREADS = 512;
        static final long POLL = 520;

        private ThreadpoolParams() {}
    }

    /** Fields of {@code llama_model_quantize_params}. */
    static final class QuantizeParams {
        static final long NTHREAD = 0;
        static final long FTYPE = 4;
        static final long ALLOW_REQUANTIZE = 16;
        static final long MAX_BUF_SIZE = 56;

        private QuantizeParams() {}
    }

    /** Fields of {@code llama_token_data}. */
    static final class TokenData {
        static final long ID = 0;
        static final long LOGIT = 4;
        static final long SIZE = 12;

        private TokenData() {}
    }

    /** Fields of {@code llama_token_data_array}. */
    static final class TokenDataArray {
        static final long DATA = 0;
        static final long COUNT = 8;
        static final long SELECTED = 16;
        static final long SORTED = 24;
        static final long SIZE = 32;

        private TokenDataArray() {}
    }
}
