package dev.proxytune.cli;

import dev.proxytune.llama.ModelOptions;
import dev.proxytune.llama.ModelOptions.CacheType;
import dev.proxytune.llama.ModelOptions.FlashAttention;
import dev.proxytune.llama.ModelOptions.LoadMode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for memory, threads and devices. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DeviceMixin {
    /** Contexts are sized in steps, as llama.cpp does itself. */
    private static final int STEP = 256;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Tokens that each context holds, prompt and answer together; 0, the default, takes as many as"
                    + " this answer can need.")
    private int contextSize;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that compute, shared by all models; 0, the default, for the processor's cores.")
    private int threads;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "The most tokens of a prompt in one call.")
    private @Nullable Integer batch;

    @Option(
            names = {"-ub", "--ubatch-size"},
            paramLabel = "N",
            description = "The most tokens of a prompt computed at once.")
    private @Nullable Integer microBatch;

    @Option(
            names = {"-ngl", "--gpu-layers", "--n-gpu-layers"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Layers of the target on the GPU; none by default, -1 for all.")
    private int gpuLayers;

    @Option(
            names = "--expert-gpu-layers",
            paramLabel = "N",
            description = "The same for experts; as for the target by default.")
    private @Nullable Integer expertGpuLayers;

    @Option(
            names = "--anti-expert-gpu-layers",
            paramLabel = "N",
            description = "The same for anti-experts; as for experts by default.")
    private @Nullable Integer antiExpertGpuLayers;

    @Option(
            names = {"-mg", "--main-gpu"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "The only GPU to use, from 0; -1, the default, spreads the layers over all.")
    private int mainGpu;

    @Option(
            names = "--mmap",
            negatable = true,
            description = "Use the pages of the files in place, or read them into memory; by default whichever keeps"
                    + " the weights in memory once.")
    private @Nullable Boolean mmap;

    @Option(names = "--mlock", description = "Keep the system from swapping the weights out.")
    private boolean mlock;

    @Option(
            names = {"-ctk", "--cache-type-k"},
            paramLabel = "TYPE",
            description = "How the KV cache stores keys: ${COMPLETION-CANDIDATES}; f16 by default.")
    private CacheType keyType = CacheType.F16;

    @Option(
            names = {"-ctv", "--cache-type-v"},
            paramLabel = "TYPE",
            description = "The same for values.")
    private CacheType valueType = CacheType.F16;

    @Option(
            names = "--expert-cache-type-k",
            paramLabel = "TYPE",
            description = "The same for experts' keys; as for the target by default.")
    private @Nullable CacheType expertKeyType;

    @Option(names = "--expert-cache-type-v", paramLabel = "TYPE", description = "The same for experts' values.")
    private @Nullable CacheType expertValueType;

    @Option(
            names = "--anti-expert-cache-type-k",
            paramLabel = "TYPE",
            description = "The same for anti-experts' keys; as for experts by default.")
    private @Nullable CacheType antiExpertKeyType;

    @Option(
            names = "--anti-expert-cache-type-v",
            paramLabel = "TYPE",
            description = "The same for anti-experts' values.")
    private @Nullable CacheType antiExpertValueType;

    @Option(
            names = {"-fa", "--flash-attn"},
            paramLabel = "WHEN",
            description = "Compute attention in one fused step: on, off, or auto, the default.")
    private FlashAttention flashAttention = FlashAttention.AUTO;

    /** Return how many tokens each context is to hold, 0 if nobody has said. */
    int contextSize() {
        return contextSize;
    }

    /** Return whether somebody has said how many threads compute. */
    boolean hasThreads() {
        return threads > 0;
    }

    /** Return how a model in a role is loaded and run; refuses what cannot be. */
    ModelOptions options(Role role) {
        Usage.require(contextSize >= 0, command, "--ctx-size must be 0 or more, got: " + contextSize);
        int layers = byRole(role, gpuLayers, expertGpuLayers, antiExpertGpuLayers);
        ModelOptions withLayers = Usage.value(
                command,
                byRole(role, "--gpu-layers", "--expert-gpu-layers", "--anti-expert-gpu-layers"),
                () -> ModelOptions.DEFAULT.withGpuLayers(layers));
        ModelOptions withGpu = Usage.value(command, "--main-gpu", () -> withLayers.withMainGpu(mainGpu));
        ModelOptions withThreads = Usage.value(command, "--threads", () -> withGpu.withThreads(threads));
        int most = batch == null ? ModelOptions.DEFAULT.batch() : batch;
        int atOnce = microBatch == null ? Math.min(ModelOptions.DEFAULT.microBatch(), most) : microBatch;
        ModelOptions withBatch =
                Usage.value(command, "--batch-size, --ubatch-size", () -> withThreads.withBatch(most, atOnce));
        ModelOptions withAttention =
                withBatch.withFlashAttention(flashAttention).withLoadMode(loadMode());
        CacheType keys = byRole(role, keyType, expertKeyType, antiExpertKeyType);
        CacheType values = byRole(role, valueType, expertValueType, antiExpertValueType);
        return Usage.value(command, "--cache-type-v, --flash-attn", () -> withAttention.withCacheTypes(keys, values));
    }

    /** Return what holds for a role: experts do as the target, anti-experts as experts where nobody says otherwise. */
    private static <T> T byRole(Role role, T target, @Nullable T expert, @Nullable T antiExpert) {
        T experts = expert == null ? target : expert;
        return switch (role) {
            case TARGET -> target;
            case EXPERT -> experts;
            case ANTI_EXPERT -> antiExpert == null ? experts : antiExpert;
        };
    }

    private LoadMode loadMode() {
        if (mlock) {
            return mmap != null && mmap ? LoadMode.MAP_LOCKED : LoadMode.READ_LOCKED;
        }
        return mmap == null ? LoadMode.AUTO : mmap ? LoadMode.MAP : LoadMode.READ;
    }

    /**
     * Return how many tokens a context must hold.
     *
     * @param prompt the length of the longest prompt
     * @param predict the most tokens of the answer, -1 for as many as the models allow
     * @param model the longest text that the models are made for
     */
    int contextLength(int prompt, int predict, int model) {
        if (contextSize > 0) {
            return contextSize;
        }
        if (predict < 0) {
            return model;
        }
        long need = (long) prompt + predict;
        return (int) Math.min(model, Math.ceilDiv(need, STEP) * STEP);
    }
}
