package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.llama.SystemMemory;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How much memory a training run takes, in bytes.
 *
 * @param weights weights, gradients and moments
 * @param activations what a batch leaves behind on its way forward, for the way back
 */
public record MemoryEstimate(long weights, long activations) {
    private static final double GIGABYTE = 1e9;
    /** Library, heap and what allocators keep. */
    private static final long BASE = 600_000_000;

    private static final int FLOAT = 4;

    /**
     * Estimate a run.
     *
     * @param trained how many numbers are trained
     */
    static MemoryEstimate of(ModelShape shape, long trained, BatchPlan plan, Compute compute) {
        long size = compute.precision() == Precision.BF16 ? 2 : FLOAT;
        long weights = shape.parameters() * (FLOAT + size) + trained * 3 * FLOAT;
        long heads = (long) shape.headSize() * (2L * shape.heads() + 4L * shape.keyValueHeads());
        long layer = (2L * FLOAT + 6 * size) * shape.width() + size * heads * 2 + size * 4 * shape.feedForward();
        long output = (2L * FLOAT + 2 * size) * shape.vocabularySize();
        long tokens = (long) plan.rows() * plan.length();
        return new MemoryEstimate(weights, tokens * (layer * shape.layers() + output));
    }

    /** Return the bytes in all. */
    public long total() {
        return BASE + weights + activations;
    }

    /**
     * Check that the machine has so much left.
     *
     * @throws ProxyTuneException if it has not
     */
    void check() {
        OptionalLong available = SystemMemory.available();
        if (available.isPresent() && total() > available.getAsLong()) {
            throw new ProxyTuneException(String.format(
                    Locale.ROOT,
                    "The training needs about %.1f GB of memory (%.1f for weights and moments, %.1f for a batch), and %.1f"
                            + " are left; take fewer rows (--batch, with --accumulate), shorter ones (--length), or --lora",
                    total() / GIGABYTE,
                    weights / GIGABYTE,
                    activations / GIGABYTE,
                    available.getAsLong() / GIGABYTE));
        }
    }
}
