package dev.proxytune.tune;

import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Tensors that follow from shapes and segments alone, kept from one layer and batch to the next. */
final class Constants implements AutoCloseable {
    /** A kept tensor and what it was made for. */
    private record Kept(Object reason, Tensor tensor) {}

    private final ModelShape shape;
    private final Compute compute;
    private final ScalarType type;
    private final float[] ropeFactors;
    private final @Nullable Kept[] kept = new Kept[4];

    Constants(ModelShape shape, Compute compute, ScalarType type, float[] ropeFactors) {
        this.shape = shape;
        this.compute = compute;
        this.type = type;
        this.ropeFactors = ropeFactors;
    }

    /**
     * Return the table of {@link Rotation} for that many tokens.
     *
     * @param local whether for layers that see only the last tokens
     */
    Tensor rotation(int length, boolean local) {
        Kept old = kept[local ? 1 : 0];
        if (old != null && old.reason().equals(length)) {
            return old.tensor();
        }
        return keep(
                local ? 1 : 0,
                length,
                Torch.kept(() -> Rotation.table(
                                shape,
                                length,
                                local ? shape.window().ropeBase() : shape.ropeBase(),
                                local ? 1 : shape.ropeScale(),
                                ropeFactors)
                        .to(Torch.device(compute.device()), ScalarType.ComplexFloat)));
    }

    /**
     * Return the mask by which tokens see the past of their own example.
     *
     * @param local whether they see only the last tokens of it
     */
    Attention.Mask mask(TokenBatch batch, boolean local) {
        boolean shortened = local && batch.length() > shape.window().length();
        boolean plain = batch.segments().length == 0;
        Object reason = plain ? (Object) batch.length() : batch;
        int place = shortened ? 3 : 2;
        Kept old = kept[place];
        Tensor added = old != null && old.reason().equals(reason)
                ? old.tensor()
                : keep(
                        place,
                        reason,
                        Torch.kept(() -> mask(batch, shortened ? shape.window().length() : 0, plain)));
        return new Attention.Mask(added, plain && !shortened);
    }

    private Tensor mask(TokenBatch batch, int window, boolean plain) {
        int length = batch.length();
        var device = Torch.device(compute.device());
        var options = new TensorOptions(ScalarType.Bool).device(new DeviceOptional(device));
        Tensor seen = torch.ones(new long[] {1, 1, length, length}, options).tril_();
        if (window > 0) {
            seen = seen.triu_(1L - window);
        }
        if (!plain) {
            Tensor numbers =
                    Torch.longs(batch.segments(), batch.rows(), 1, length).to(device, ScalarType.Long);
            seen = seen.logical_and(numbers.unsqueeze(3).eq(numbers.unsqueeze(2)));
        }
        return torch.zeros_like(seen).to(type).masked_fill(seen.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    }

    private Tensor keep(int place, Object reason, Tensor tensor) {
        release(place);
        kept[place] = new Kept(reason, tensor);
        return tensor;
    }

    private void release(int place) {
        Kept old = kept[place];
        if (old != null) {
            old.tensor().releaseReference();
            kept[place] = null;
        }
    }

    @Override
    public void close() {
        for (int place = 0; place < kept.length; place++) {
            release(place);
        }
    }
}
