package dev.proxytune.tune;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The least that a model needs to learn. */
final class Training {
    private Training() {}

    /** Go one step down the gradient of the mean loss. */
    static void descend(Transformer model, TokenBatch batch, float rate) {
        try (var _ = new PointerScope()) {
            model.loss(batch).backward();
            try (var _ = new NoGradGuard()) {
                for (Tensor parameter : model.parameters().values()) {
                    parameter.add_(parameter.grad(), new Scalar(-rate / batch.counted()));
                    parameter.mutable_grad().reset();
                }
            }
        }
    }

    /** Make the weights large enough for logits that differ. */
    static void stretch(Tensor parameter) {
        try (var _ = new PointerScope();
                var _ = new NoGradGuard()) {
            parameter.mul_(new Scalar(parameter.dim() == 2 ? 5.0 : 1.5));
        }
    }

    static float largestDifference(float[] a, float[] b) {
        float largest = Math.abs(a.length - b.length);
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    static double spread(float[] logits) {
        double square = 0;
        for (float logit : logits) {
            square += logit * logit;
        }
        return Math.sqrt(square / logits.length);
    }
}
