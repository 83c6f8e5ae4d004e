package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.llama.SystemMemory;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How much memory a training run takes beyond what the process holds before its model is made, in bytes.
 *
 * @param weights weights, gradients and moments
 * @param activations what a batch leaves behind on its way forward, for the way back
 */
public record MemoryEstimate(long weights, long activations) {
    // What libtorch keeps of a pass, in numbers of 4 bytes (norms and the residual stream) or of the precision of
    // products, for each token and block: 4 of the former and 8 of the latter for each unit of the width, 5 for each
    // of the queries and 3 of the keys, 4 for each hidden unit, and where attention is made of products one for each
    // token that is looked at. On the way back, about two blocks more are there at a time. The factors come from
    // reading the network and were fitted to what runs of many shapes held at their peak, with a little to spare.

    private static final double GIGABYTE = 1e9;
    /** What the Java heap grows by, and libtorch's kernels and allocator keep. */
    private static final long RESERVE = 120_000_000;

    private static final int FLOAT = 4;
    private static final int BLOCKS_BACK = 2;
    /** With low-rank matrices the allocator can use less again of what it has: their passes free in another order. */
    private static final double BESIDE_FROZEN = 1.4;
    /** What {@link CrossEntropy} has of logits at a time. */
    private static final double CHUNK_LOGITS = 1 << 20;

    private static final double CHUNK_TOKENS = 256;
    /** Gradient of the output matrix, and what it passes through on its way. */
    private static final int OUTPUT_COPIES = 3;

    /**
     * Estimate a run.
     *
     * @param trained how many numbers are trained, all weights or those of low-rank matrices
     */
    static MemoryEstimate of(ModelShape shape, long trained, BatchPlan plan, Compute compute) {
        double size = compute.precision() == Precision.BF16 ? 2 : FLOAT;
        double tokens = (double) plan.rows() * plan.length();
        double weights = shape.parameters() * (FLOAT + size) + trained * 3.0 * FLOAT;
        double activations = tokens * block(shape, plan, compute, size) * (shape.layers() + BLOCKS_BACK);
        if (trained < shape.parameters()) {
            activations *= BESIDE_FROZEN;
        } else {
            weights += OUTPUT_COPIES * FLOAT * (double) shape.width() * shape.vocabularySize();
        }
        double logits = Math.max(CHUNK_LOGITS, CHUNK_TOKENS * shape.vocabularySize());
        return new MemoryEstimate((long) weights, (long) (activations + logits * (3.0 * FLOAT + size)));
    }

    /** Return what a token leaves in a block. */
    private static double block(ModelShape shape, BatchPlan plan, Compute compute, double size) {
        boolean products = compute.device() == Compute.Device.CPU && compute.precision() == Precision.BF16;
        double heads = shape.headSize() * (5.0 * shape.heads() + 3.0 * shape.keyValueHeads());
        double looks = products ? (double) shape.heads() * plan.length() : 0;
        return 4.0 * FLOAT * shape.width() + size * (8.0 * shape.width() + heads + 4.0 * shape.feedForward() + looks);
    }

    /** Return the bytes in all. */
    public long total() {
        // As a double, since a sum of longs could overflow.
        return (long) ((double) weights + activations + RESERVE);
    }

    /**
     * Check that the machine has so much left.
     *
     * @throws ProxyTuneException if it has not
     */
    void check() {
        // What the library itself takes is no longer left then.
        Torch.load();
        OptionalLong available = SystemMemory.available();
        if (available.isPresent() && total() > available.getAsLong()) {
            throw new ProxyTuneException(String.format(
                    Locale.ROOT,
                    "The training needs about %.1f GB of memory (%.1f for weights and moments, %.1f for a batch), and"
                            + " %.1f are left; take fewer rows (--batch, with --accumulate), shorter ones (--length), or"
                            + " --lora",
                    total() / GIGABYTE,
                    weights / GIGABYTE,
                    activations / GIGABYTE,
                    available.getAsLong() / GIGABYTE));
        }
    }
}
