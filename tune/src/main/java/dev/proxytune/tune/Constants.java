package dev.proxytune.tune;

import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Tensors that follow from shapes alone, kept from one batch to the next. */
final class Constants implements AutoCloseable {
    private final ModelShape shape;
    private final Compute.Device device;
    private final ScalarType type;
    private @Nullable Tensor rotation;
    private int rotationLength;

    Constants(ModelShape shape, Compute.Device device, ScalarType type) {
        this.shape = shape;
        this.device = device;
        this.type = type;
    }

    /** Return the table of {@link Rotation} for that many tokens. */
    Tensor rotation(int length) {
        Tensor kept = rotation;
        if (kept == null || rotationLength != length) {
            release();
            kept = Torch.kept(
                    () -> Rotation.table(length, shape.headSize(), shape.ropeBase(), shape.ropeScale(), new float[0])
                            .to(Torch.device(device), type));
            rotation = kept;
            rotationLength = length;
        }
        return kept;
    }

    /** Return the mask by which tokens see the past of their own example only. */
    Attention.Mask mask(TokenBatch batch) {
        int length = batch.length();
        int[] segments = batch.segments();
        Tensor added = Torch.scoped(() -> {
            var options = new TensorOptions(ScalarType.Bool).device(new DeviceOptional(Torch.device(device)));
            Tensor seen = torch.ones(new long[] {1, 1, length, length}, options).tril_();
            if (segments.length > 0) {
                Tensor numbers =
                        Torch.longs(segments, batch.rows(), 1, length).to(Torch.device(device), ScalarType.Long);
                seen = seen.logical_and(numbers.unsqueeze(3).eq(numbers.unsqueeze(2)));
            }
            return torch.zeros_like(seen)
                    .to(type)
                    .masked_fill(seen.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
        });
        return new Attention.Mask(added, segments.length == 0);
    }

    private void release() {
        Tensor kept = rotation;
        if (kept != null) {
            kept.releaseReference();
            rotation = null;
        }
    }

    @Override
    public void close() {
        release();
    }
}
