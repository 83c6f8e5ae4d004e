package dev.proxytune.tune;

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

    /** Single precision on the CPU. */
    public static final Compute EXACT = new Compute(Device.CPU, Precision.F32);

    /**
     * Return what is fastest on a device.
     *
     * @throws dev.proxytune.ProxyTuneException if libtorch cannot be loaded
     */
    public static Compute usual(Device device) {
        return new Compute(device, Precision.usual(device));
    }

    /** Return this with another precision. */
    public Compute withPrecision(Precision other) {
        return new Compute(device, other);
    }
}
