package dev.proxytune.tune;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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

    /** Return what attention adds to scores so that tokens see the past of their own example only. */
    Tensor mask(TokenBatch batch) {
        int[] segments = batch.segments();
        if (segments.length == 0) {
            return new Tensor();
        }
        return Torch.scoped(() -> {
            Tensor numbers =
                    Torch.longs(segments, batch.rows(), 1, batch.length()).to(Torch.device(device), ScalarType.Long);
            Tensor same = numbers.unsqueeze(3).eq(numbers.unsqueeze(2));
            Tensor seen = torch.tril(same);
            return torch.zeros_like(seen)
                    .to(type)
                    .masked_fill(seen.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
        });
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
