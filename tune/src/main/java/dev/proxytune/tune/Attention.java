package dev.proxytune.tune;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Mixes values by how well queries and keys agree (Attention is all you need, section 3.2.1). */
final class Attention {
    /**
     * Which tokens see which.
     *
     * @param added what is added to scores, {@code [rows or 1, 1, length, length]}
     * @param causal whether tokens see all before them and nothing else
     */
    record Mask(Tensor added, boolean causal) {}

    private final int heads;
    private final int pairs;
    private final int size;
    private final double scale;
    private final boolean products;

    Attention(ModelShape shape, Compute compute) {
        this.heads = shape.heads();
        this.pairs = shape.keyValueHeads();
        this.size = shape.headSize();
        this.scale = 1 / Math.sqrt(size);
        // libtorch's fused kernel for the CPU is fifty times slower in bfloat16 than the products it is made of.
        this.products = compute.device() == Compute.Device.CPU && compute.precision() == Precision.BF16;
    }

    /**
     * Return the mixed values, {@code [rows * length, heads * size]}.
     *
     * @param queries {@code [rows, length, heads, size]}
     * @param keys {@code [rows, length, pairs, size]}
     * @param values the same
     */
    Tensor mix(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        long rows = queries.size(0);
        long length = queries.size(1);
        Tensor mixed = products ? byProducts(queries, keys, values, mask) : fused(queries, keys, values, mask);
        return mixed.reshape(rows * length, (long) heads * size);
    }

    private Tensor fused(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        return torch.scaled_dot_product_attention(
                        queries.transpose(1, 2),
                        keys.transpose(1, 2),
                        values.transpose(1, 2),
                        mask.causal() ? new TensorOptional() : new TensorOptional(mask.added()),
                        0,
                        mask.causal(),
                        new DoubleOptional(scale),
                        heads != pairs)
                .transpose(1, 2);
    }

    /** Multiply all heads that share keys at once: their queries stand below each other. */
    private Tensor byProducts(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        long rows = queries.size(0);
        long length = queries.size(1);
        long group = heads / pairs;
        Tensor left = queries.view(rows, length, pairs, group, size)
                .permute(0, 2, 3, 1, 4)
                .reshape(rows * pairs, group * length, size);
        Tensor right = keys.transpose(1, 2).reshape(rows * pairs, length, size);
        Tensor mixed = values.transpose(1, 2).reshape(rows * pairs, length, size);
        Tensor scores = torch.bmm(left, right.transpose(1, 2)).mul_(new Scalar(scale));
        scores = scores.view(rows, heads, length, length).add_(mask.added());
        Tensor weights = torch.softmax(scores, 3).view(rows * pairs, group * length, length);
        return torch.bmm(weights, mixed).view(rows, pairs, group, length, size).permute(0, 3, 1, 2, 4);
    }
}
