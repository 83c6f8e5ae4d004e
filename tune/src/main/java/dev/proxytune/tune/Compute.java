package dev.proxytune.tune;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;

/**
 * Where and how precisely a model computes.
 *
 * @param device the processor
 * @param precision the precision of products and activations
 */
public record Compute(Device device, Precision precision) {
    /** A kind of processor. */
    public enum Device {
        CPU,
        /** The first NVIDIA GPU. */
        CUDA;

        /**
         * Return the GPU where libtorch sees one, else the CPU.
         *
         * @throws dev.proxytune.ProxyTuneException if libtorch cannot be loaded
         */
        public static Device usual() {
            return Torch.seesCuda() ? CUDA : CPU;
        }
    }

    private static final Pattern BRAIN_FLOATS = Pattern.compile("\\b(avx512_bf16|amx_bf16)\\b");

    /** Single precision on the CPU. */
    public static final Compute EXACT = new Compute(Device.CPU, Precision.F32);

    /**
     * Return what is fastest here: the GPU if libtorch sees one, else the CPU.
     *
     * @throws dev.proxytune.ProxyTuneException if libtorch cannot be loaded
     */
    public static Compute usual() {
        Torch.load();
        return usual(torch.cuda_is_available() ? Device.CUDA : Device.CPU);
    }

    /** Return what is fastest on a device: {@link Precision#BF16} where its instructions know it. */
    public static Compute usual(Device device) {
        boolean known = device == Device.CUDA || cpuMultipliesBrainFloats();
        return new Compute(device, known ? Precision.BF16 : Precision.F32);
    }

    private static boolean cpuMultipliesBrainFloats() {
        // Linux tells; elsewhere there is no libtorch to ask for.
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .limit(1)
                    .anyMatch(line -> BRAIN_FLOATS.matcher(line).find());
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** Return this with another precision. */
    public Compute withPrecision(Precision other) {
        return new Compute(device, other);
    }
}
