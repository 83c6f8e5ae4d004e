package dev.proxytune.tune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Precision of matrix products and activations; the weights themselves stay in single precision. */
public enum Precision {
    /** Single precision throughout. */
    F32,
    /** Products and activations in bfloat16; norms, softmax and the residual stream keep single precision inside. */
    BF16;

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    /** What x86 and ARM processors call instructions that multiply such numbers. */
    private static final Pattern NATIVE = Pattern.compile("\\b(avx512_bf16|amx_bf16|bf16)\\b");

    /** Return bfloat16 where the processor multiplies such numbers itself, which is far faster there, else F32. */
    public static Precision usual(Compute.Device device) {
        if (device == Compute.Device.CUDA) {
            return BF16;
        }
        try {
            return Files.isReadable(PROCESSORS) ? usual(Files.readString(PROCESSORS)) : F32;
        } catch (IOException e) {
            return F32;
        }
    }

    /** Return the precision for a processor by how Linux describes it. */
    static Precision usual(String processors) {
        return NATIVE.matcher(processors).find() ? BF16 : F32;
    }
}
