package dev.proxytune.llama;

import java.util.List;

/**
 * Say how a model is loaded and how its decoders run.
 *
 * @param gpuLayers how many layers go to the GPUs; −1 for all that fit the model, 0 for none
 * @param mainGpu the only GPU to use, numbered from 0, or −1 to spread the layers over all
 * @param loadMode how the weights get into memory
 * @param threads how many threads compute, at most as many as there are processors; 0 for the processor's cores
 * @param keyType how the KV cache stores keys
 * @param valueType how the KV cache stores values; a quantised type needs flash attention
 * @param flashAttention whether attention is computed in one fused step
 * @param batch the most tokens that go into one call; longer inputs take several
 * @param microBatch the most tokens that are computed at once; more need more memory
 * @param rpcServers machines that hold and compute the layers instead of this one, as {@code host:port}; none for this
 *     machine alone
 */
public record ModelOptions(
        int gpuLayers,
        int mainGpu,
        LoadMode loadMode,
        int threads,
        CacheType keyType,
        CacheType valueType,
        FlashAttention flashAttention,
        int batch,
        int microBatch,
        List<String> rpcServers) {

    /** The CPU with all cores, and a cache in half precision. */
    public static final ModelOptions DEFAULT = new ModelOptions(
            0, -1, LoadMode.AUTO, 0, CacheType.F16, CacheType.F16, FlashAttention.AUTO, 2048, 512, List.of());

    private static final int MOST_THREADS = 512;
    private static final int LONGEST_BATCH = 1 << 20;

    public ModelOptions {
        rpcServers = List.copyOf(rpcServers);
        rpcServers.forEach(RpcServers::requireAddress);
        range("gpuLayers", gpuLayers, -1, Integer.MAX_VALUE);
        range("mainGpu", mainGpu, -1, 255);
        range("threads", threads, 0, MOST_THREADS);
        range("batch", batch, 1, LONGEST_BATCH);
        range("microBatch", microBatch, 1, batch);
        if (valueType.isQuantized() && flashAttention == FlashAttention.OFF) {
            throw new IllegalArgumentException("Values of type " + valueType
                    + " in the KV cache need flash attention, which is off: allow it, or use F16 values");
        }
    }

    private static void range(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most + ", got: " + value);
        }
    }

    public ModelOptions withGpuLayers(int layers) {
        return new ModelOptions(
                layers, mainGpu, loadMode, threads, keyType, valueType, flashAttention, batch, microBatch, rpcServers);
    }

    public ModelOptions withMainGpu(int gpu) {
        return new ModelOptions(
                gpuLayers, gpu, loadMode, threads, keyType, valueType, flashAttention, batch, microBatch, rpcServers);
    }

    public ModelOptions withLoadMode(LoadMode mode) {
        return new ModelOptions(
                gpuLayers, mainGpu, mode, threads, keyType, valueType, flashAttention, batch, microBatch, rpcServers);
    }

    public ModelOptions withThreads(int count) {
        return new ModelOptions(
                gpuLayers, mainGpu, loadMode, count, keyType, valueType, flashAttention, batch, microBatch, rpcServers);
    }

    public ModelOptions withCacheTypes(CacheType keys, CacheType values) {
        return new ModelOptions(
                gpuLayers, mainGpu, loadMode, threads, keys, values, flashAttention, batch, microBatch, rpcServers);
    }

    public ModelOptions withFlashAttention(FlashAttention setting) {
        return new ModelOptions(
                gpuLayers, mainGpu, loadMode, threads, keyType, valueType, setting, batch, microBatch, rpcServers);
    }

    public ModelOptions withBatch(int tokens, int tokensAtOnce) {
        return new ModelOptions(
                gpuLayers,
                mainGpu,
                loadMode,
                threads,
                keyType,
                valueType,
                flashAttention,
                tokens,
                tokensAtOnce,
                rpcServers);
    }

    /**
     * Put all layers on other machines, in the order given and by their free memory, through llama.cpp's RPC back end.
     *
     * @param servers {@code host:port} each
     */
    public ModelOptions withRpcServers(List<String> servers) {
        return new ModelOptions(
                servers.isEmpty() ? gpuLayers : -1,
                mainGpu,
                loadMode,
                threads,
                keyType,
                valueType,
                flashAttention,
                batch,
                microBatch,
                servers);
    }

    /** How the weights get into memory. */
    public enum LoadMode {
        /** Map or read, whichever keeps the weights in memory once. */
        AUTO(-1),
        /** Read into memory of the process. */
        READ(0),
        /** Use the pages of the file in place, shared with other processes. */
        MAP(1),
        /** Read, and keep the system from swapping it out. */
        READ_LOCKED(2),
        /** Map, and keep the system from dropping the pages. */
        MAP_LOCKED(3);

        private final int code;

        LoadMode(int code) {
            this.code = code;
        }

        /** Return llama.cpp's {@code llama_load_mode}. */
        int code() {
            return code;
        }
    }

    /** How the KV cache stores numbers. */
    public enum CacheType {
        F32(0, 1, 4),
        F16(1, 1, 2),
        BF16(30, 1, 2),
        Q8_0(8, 32, 34),
        Q5_1(7, 32, 24),
        Q5_0(6, 32, 22),
        Q4_1(3, 32, 20),
        Q4_0(2, 32, 18),
        IQ4_NL(20, 32, 18);

        private final int code;
        private final int blockLength;
        private final int blockBytes;

        CacheType(int code, int blockLength, int blockBytes) {
            this.code = code;
            this.blockLength = blockLength;
            this.blockBytes = blockBytes;
        }

        /** Return llama.cpp's {@code ggml_type}. */
        int code() {
            return code;
        }

        public boolean isQuantized() {
            return blockLength > 1;
        }

        /** Return how many bytes that many numbers take. */
        long bytes(long count) {
            return Math.ceilDiv(count, blockLength) * blockBytes;
        }
    }

    /** Whether attention is computed in one fused step, which needs less memory. */
    public enum FlashAttention {
        /** Where the devices can. */
        AUTO(-1),
        OFF(0),
        ON(1);

        private final int code;

        FlashAttention(int code) {
            this.code = code;
        }

        /** Return llama.cpp's {@code llama_flash_attn_type}. */
        int code() {
            return code;
        }
    }
}
