package dev.proxytune.llama;

import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.util.EnumSet;
import java.util.Set;

/**
 * Choose how the weights get into memory so that they are there once.
 *
 * <p>llama.cpp copies matrices of some types into a layout that suits the processor. Mapped, the pages of the file they
 * came from stay in memory beside the copies, so such files are read; others are mapped and used in place, which starts
 * faster and shares them with other processes. Reading when nothing is copied costs no memory either, so a type that
 * only some processors of a kind copy counts as copied.
 */
final class LoadPolicy {
    private static final Set<TensorType> COPIED =
            EnumSet.of(TensorType.Q4_0, TensorType.Q2_K, TensorType.Q4_K, TensorType.IQ4_NL, TensorType.MXFP4);
    private static final Set<TensorType> COPIED_ON_ARM =
            EnumSet.of(TensorType.Q5_K, TensorType.Q6_K, TensorType.Q8_0, TensorType.Q1_0);
    private static final Set<TensorType> COPIED_FOR_AMX =
            EnumSet.of(TensorType.Q4_1, TensorType.Q8_0, TensorType.Q5_K, TensorType.Q6_K, TensorType.IQ4_XS);

    private LoadPolicy() {}

    /** Return llama.cpp's {@code llama_load_mode} for a file. */
    static int code(ModelOptions.LoadMode mode, GgufHeader header, boolean gpu) {
        if (mode != ModelOptions.LoadMode.AUTO || gpu) {
            // Which GPUs can take the weights from mapped pages, llama.cpp knows itself.
            return mode.code();
        }
        return choose(header, NativeFolder.platform(), LlamaLibrary.cpuLibrary().orElse(""))
                .code();
    }

    static ModelOptions.LoadMode choose(GgufHeader header, String platform, String cpuLibrary) {
        Set<TensorType> copied = copied(platform, cpuLibrary);
        return header.tensors().stream().map(TensorInfo::type).anyMatch(copied::contains)
                ? ModelOptions.LoadMode.READ
                : ModelOptions.LoadMode.MAP;
    }

    /** Return whether the matrices of a type are copied into another layout on this machine. */
    static boolean isCopied(TensorType type) {
        return copied(NativeFolder.platform(), LlamaLibrary.cpuLibrary().orElse(""))
                .contains(type);
    }

    private static Set<TensorType> copied(String platform, String cpuLibrary) {
        Set<TensorType> copied = EnumSet.copyOf(COPIED);
        if (platform.endsWith("arm64")) {
            copied.addAll(COPIED_ON_ARM);
        }
        // Where the system does not tell which variant was chosen, it may be the one for AMX.
        if (cpuLibrary.contains("sapphirerapids") || (cpuLibrary.isEmpty() && platform.endsWith("x64"))) {
            copied.addAll(COPIED_FOR_AMX);
        }
        return copied;
    }
}
