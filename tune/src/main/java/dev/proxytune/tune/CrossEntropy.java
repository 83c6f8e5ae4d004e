package dev.proxytune.tune;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The loss over a vocabulary, in memory that does not grow with the number of tokens.
 *
 * <p>The logits of a whole batch would be the largest tensor by far, and are needed three times: for the loss, for the
 * gradient of the states and for that of the output matrix. So they are made for some hundred tokens at a time, which
 * stay in the processor's cache, and both gradients are computed at once. These are then tied to the states and the
 * matrix by a product that has just these gradients.
 */
final class CrossEntropy {
    private static final long CHUNK_LOGITS = 1 << 20;
    private static final long SMALLEST_CHUNK = 256;

    private final Tensor states;
    private final Tensor matrix;
    private final Tensor rounded;
    private final Tensor targets;
    private final Tensor total;
    private final Tensor stateGradient;
    private final Tensor matrixGradient;
    private final boolean movesStates;
    private final boolean movesMatrix;

    private CrossEntropy(Tensor states, Tensor matrix, Tensor targets) {
        this.states = states;
        this.matrix = matrix;
        this.targets = targets.unsqueeze(1);
        this.rounded = matrix.to(states.scalar_type());
        this.movesStates = GradMode.is_enabled() && states.requires_grad();
        this.movesMatrix = GradMode.is_enabled() && matrix.requires_grad();
        this.total = torch.zeros_like(targets.select(0, 0)).to(ScalarType.Float);
        this.stateGradient = movesStates ? torch.empty_like(states) : new Tensor();
        this.matrixGradient = movesMatrix ? torch.zeros_like(matrix) : new Tensor();
    }

    /**
     * Return the sum of cross entropies, a single-precision scalar.
     *
     * @param states {@code [tokens, width]}, in the precision of products
     * @param matrix what makes logits of them, {@code [vocabulary, width]}, in single precision if it is trained
     * @param targets the expected token of each state, {@code [tokens]}
     */
    static Tensor sum(Tensor states, Tensor matrix, Tensor targets) {
        var loss = new CrossEntropy(states, matrix, targets);
        long tokens = states.size(0);
        long chunk = Math.max(SMALLEST_CHUNK, CHUNK_LOGITS / matrix.size(0));
        try (var _ = new NoGradGuard()) {
            for (long first = 0; first < tokens; first += chunk) {
                loss.add(first, Math.min(chunk, tokens - first));
            }
        }
        return loss.tie();
    }

    private void add(long first, long count) {
        try (var _ = new PointerScope()) {
            Tensor some = states.narrow(0, first, count);
            Tensor logs = torch.linear(some, rounded).to(ScalarType.Float).log_softmax(1);
            Tensor wanted = targets.narrow(0, first, count);
            Tensor likelihoods = logs.gather(1, wanted);
            total.sub_(likelihoods.sum());
            if (!movesStates && !movesMatrix) {
                return;
            }
            // The gradient of the logits is what the model expects less what came.
            Tensor gradient = logs.exp_()
                    .scatter_add_(1, wanted, likelihoods.fill_(new Scalar(-1.0)))
                    .to(states.scalar_type());
            if (movesStates) {
                stateGradient.narrow(0, first, count).copy_(torch.mm(gradient, rounded));
            }
            if (movesMatrix) {
                matrixGradient.add_(torch.mm(gradient.t(), some));
            }
        }
    }

    /** Return the total as a function of the states and the matrix that has the gradients found. */
    private Tensor tie() {
        Tensor tied = total;
        if (movesStates) {
            tied = tied.add(zeroWithGradient(states.to(ScalarType.Float), stateGradient));
        }
        if (movesMatrix) {
            tied = tied.add(zeroWithGradient(matrix, matrixGradient));
        }
        return tied;
    }

    private static Tensor zeroWithGradient(Tensor tensor, Tensor gradient) {
        Tensor product = tensor.mul(gradient).sum(new ScalarTypeOptional(ScalarType.Float));
        return product.sub(product.detach());
    }
}
