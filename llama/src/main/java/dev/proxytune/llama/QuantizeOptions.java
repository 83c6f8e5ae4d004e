package dev.proxytune.llama;

/**
 * How a file is quantized. Change one thing with the {@code with…} methods.
 *
 * @param type how most weights are stored
 * @param threads threads that compute, 0 to 512; 0 for one on each processor, and no more than these are used
 * @param overwrite whether a file that has the name of the result is replaced
 * @param requantize whether weights that are quantized already may be quantized again, which loses more than doing so
 *     from the original
 */
public record QuantizeOptions(FileType type, int threads, boolean overwrite, boolean requantize) {
    private static final int MOST_THREADS = 512;

    public QuantizeOptions {
        if (threads < 0 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("threads must be from 0 to " + MOST_THREADS + ", got: " + threads);
        }
    }

    /** Return options for a type: all processors, nothing replaced, originals only. */
    public static QuantizeOptions of(FileType type) {
        return new QuantizeOptions(type, 0, false, false);
    }

    public QuantizeOptions withThreads(int count) {
        return new QuantizeOptions(type, count, overwrite, requantize);
    }

    public QuantizeOptions withOverwrite(boolean allowed) {
        return new QuantizeOptions(type, threads, allowed, requantize);
    }

    public QuantizeOptions withRequantize(boolean allowed) {
        return new QuantizeOptions(type, threads, overwrite, allowed);
    }
}
