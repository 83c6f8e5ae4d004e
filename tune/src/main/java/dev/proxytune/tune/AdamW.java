package dev.proxytune.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101) over named tensors, with a state that can be saved.
 *
 * <p>The moments belong to this object, the parameters do not. One thread at a time.
 */
final class AdamW implements AutoCloseable {
    private static final double EPSILON = 1e-8;

    /** A parameter, its two moments, and whether it decays. */
    record Slot(Tensor parameter, Tensor mean, Tensor square, boolean decays) {}

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final TrainingSettings settings;

    AdamW(Transformer model, TrainingSettings settings) {
        this.settings = settings;
        model.parameters().forEach((name, parameter) -> {
            Tensor mean = Torch.kept(() -> torch.zeros_like(parameter.detach()));
            Tensor square = Torch.kept(() -> torch.zeros_like(parameter.detach()));
            slots.put(name, new Slot(parameter, mean, square, model.isMatrix(name)));
        });
    }

    /** Return the parameters with their moments, by name, in a fixed order. */
    Map<String, Slot> slots() {
        return slots;
    }

    /**
     * Scale the gradients down to the longest allowed, all together.
     *
     * @return their length before
     */
    double clip() {
        double squares = 0;
        List<Tensor> gradients = gradients();
        for (Tensor gradient : gradients) {
            double norm = gradient.norm().item_double();
            squares += norm * norm;
        }
        double length = Math.sqrt(squares);
        if (settings.clip() > 0 && length > settings.clip()) {
            scale(settings.clip() / length);
        }
        return length;
    }

    /** Multiply all gradients. */
    void scale(double factor) {
        try (var scalar = new Scalar(factor)) {
            gradients().forEach(gradient -> gradient.mul_(scalar));
        }
    }

    private List<Tensor> gradients() {
        List<Tensor> gradients = new ArrayList<>();
        for (Slot slot : slots.values()) {
            Tensor gradient = slot.parameter().grad();
            if (gradient.defined()) {
                gradients.add(gradient);
            }
        }
        return gradients;
    }

    /** Return whether all parameters are numbers. */
    boolean isFinite() {
        try (var _ = new PointerScope()) {
            return slots.values().stream()
                    .allMatch(slot -> slot.parameter().isfinite().all().item_bool());
        }
    }

    /**
     * Move every parameter against its gradient, and forget the gradients.
     *
     * @param step number of the step, from 0
     */
    void step(int step) {
        double rate = settings.learningRate(step);
        double correction = rate / (1 - Math.pow(settings.beta1(), step + 1.0));
        double root = Math.sqrt(1 - Math.pow(settings.beta2(), step + 1.0));
        try (var _ = new NoGradGuard();
                var keep = new Scalar(1 - rate * settings.weightDecay());
                var meanShare = new Scalar(1 - settings.beta1());
                var squareKeep = new Scalar(settings.beta2());
                var squareShare = new Scalar(1 - settings.beta2());
                var rootScale = new Scalar(1 / root);
                var epsilon = new Scalar(EPSILON);
                var move = new Scalar(-correction)) {
            for (Slot slot : slots.values()) {
                try (var _ = new PointerScope()) {
                    Tensor gradient = slot.parameter().grad();
                    if (gradient.defined()) {
                        if (slot.decays()) {
                            slot.parameter().mul_(keep);
                        }
                        slot.mean().lerp_(gradient, meanShare);
                        slot.square().mul_(squareKeep).addcmul_(gradient, gradient, squareShare);
                        Tensor divisor = slot.square().sqrt().mul_(rootScale).add_(epsilon);
                        slot.parameter().addcdiv_(slot.mean(), divisor, move);
                        gradient.zero_();
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        for (Slot slot : slots.values()) {
            slot.mean().releaseReference();
            slot.square().releaseReference();
        }
    }
}
