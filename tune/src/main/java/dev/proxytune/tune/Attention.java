package dev.proxytune.tune;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
    private final boolean products;

    Attention(ModelShape shape, Compute compute) {
        this.heads = shape.heads();
        this.pairs = shape.keyValueHeads();
        this.size = shape.headSize();
        // libtorch's fused kernel for the CPU is fifty times slower in bfloat16 than the products it is made of.
        this.products = compute.device() == Compute.Device.CPU && compute.precision() == Precision.BF16;
    }

    /**
     * Return the mixed values, {@code [rows * length, heads * size]}, in the type of the values.
     *
     * @param queries what scores each key, already scaled, {@code [rows, length, heads, size]}, in single precision
     * @param keys {@code [rows, length, pairs, size]}, in single precision
     * @param values {@code [rows, length, pairs, size]}, in the precision of products
     */
    Tensor mix(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        long rows = queries.size(0);
        long length = queries.size(1);
        Tensor mixed = products ? byProducts(queries, keys, values, mask) : fused(queries, keys, values, mask);
        return mixed.reshape(rows * length, (long) heads * size);
    }

    private Tensor fused(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        ScalarType type = values.scalar_type();
        return torch.scaled_dot_product_attention(
                        queries.to(type).transpose(1, 2),
                        keys.to(type).transpose(1, 2),
                        values.transpose(1, 2),
                        mask.causal() ? new TensorOptional() : new TensorOptional(mask.added()),
                        0,
                        mask.causal(),
                        new DoubleOptional(1),
                        heads != pairs)
                .transpose(1, 2);
    }

    /** Multiply all heads that share keys at once: their queries stand below each other. */
    private Tensor byProducts(Tensor queries, Tensor keys, Tensor values, Mask mask) {
        long rows = queries.size(0);
        long length = queries.size(1);
        long group = heads / pairs;
        ScalarType type = values.scalar_type();
        Tensor left = compact(queries.view(rows, length, pairs, group, size).permute(0, 2, 3, 1, 4), type)
                .view(rows * pairs, group * length, size);
        Tensor right = compact(keys.transpose(1, 2), type).view(rows * pairs, length, size);
        Tensor mixed = values.transpose(1, 2).contiguous().view(rows * pairs, length, size);
        Tensor scores = torch.bmm(left, right.transpose(1, 2)).view(rows, heads, length, length);
        Tensor weights = torch.softmax(scores.add_(mask.added()), 3).view(rows * pairs, group * length, length);
        return torch.bmm(weights, mixed).view(rows, pairs, group, length, size).permute(0, 3, 1, 2, 4);
    }

    /** Return the numbers of a single-precision tensor in another type and without gaps, in one pass over them. */
    private static Tensor compact(Tensor tensor, ScalarType type) {
        return tensor.to(type, false, false, new MemoryFormatOptional(MemoryFormat.Contiguous));
    }
}
