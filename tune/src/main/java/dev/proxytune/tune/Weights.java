package dev.proxytune.tune;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model in single precision, and their products in the precision of the computation.
 *
 * <p>Matrices are rounded when they are needed, once a pass, as they change with every step. Those that are frozen are
 * rounded once.
 */
final class Weights implements AutoCloseable {
    private static final String MATRIX = ".weight";
    private static final String BIAS = ".bias";

    private final Compute compute;
    private final ScalarType type;
    private final Map<String, Tensor> tensors;
    private final Map<String, Tensor> frozen = new HashMap<>();
    private @Nullable Lora lora;

    /** Create the weights from tensors by their names in files, which belong to this from then on. */
    Weights(Compute compute, Map<String, Tensor> tensors) {
        this.compute = compute;
        this.type = compute.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        this.tensors = tensors;
    }

    Compute compute() {
        return compute;
    }

    /** Return the type of products and what enters them. */
    ScalarType type() {
        return type;
    }

    /** Return all tensors of the model itself, by name. */
    Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Return the tensors that are trained, by name. */
    Map<String, Tensor> trained() {
        return Collections.unmodifiableMap(lora == null ? tensors : lora.tensors());
    }

    /** Freeze the model, and train what is added to it. */
    void add(Lora addition) {
        if (lora != null) {
            throw new IllegalStateException("There are low-rank matrices already");
        }
        lora = addition;
        tensors.values().forEach(tensor -> tensor.set_requires_grad(false));
    }

    @Nullable
    Lora lora() {
        return lora;
    }

    /** Return a tensor in single precision. */
    Tensor exact(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /** Return a tensor in the precision of products. */
    Tensor rounded(String name) {
        return matrices(List.of(name));
    }

    /**
     * Multiply by matrices side by side, and add their biases and low-rank matrices if they have some.
     *
     * @param input {@code [tokens, input]}, in the precision of products
     * @param stems names of the matrices without {@code .weight}
     * @return {@code [tokens, sum of outputs]}
     */
    Tensor multiply(Tensor input, String... stems) {
        List<String> names = Arrays.stream(stems).map(stem -> stem + MATRIX).toList();
        Tensor output = torch.linear(input, matrices(names), biases(stems));
        Lora added = lora;
        if (added == null) {
            return output;
        }
        List<Long> outputs = names.stream().map(name -> exact(name).size(0)).toList();
        return added.add(input, output, names, outputs);
    }

    private Tensor matrices(List<String> names) {
        if (lora == null) {
            return round(names);
        }
        return frozen.computeIfAbsent(String.join(" ", names), _ -> Torch.kept(() -> round(names)));
    }

    private Tensor round(List<String> names) {
        if (names.size() == 1) {
            return exact(names.getFirst()).to(type);
        }
        var parts = new TensorVector();
        names.forEach(name -> parts.push_back(exact(name)));
        return torch.cat(parts, 0).to(type);
    }

    private TensorOptional biases(String... stems) {
        if (Arrays.stream(stems).noneMatch(stem -> tensors.containsKey(stem + BIAS))) {
            return new TensorOptional();
        }
        var parts = new TensorVector();
        for (String stem : stems) {
            Tensor bias = tensors.get(stem + BIAS);
            parts.push_back(bias == null ? torch.zeros_like(exact(stem + MATRIX).select(1, 0)) : bias);
        }
        return new TensorOptional(torch.cat(parts, 0).to(type));
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::releaseReference);
        frozen.values().forEach(Tensor::releaseReference);
        if (lora != null) {
            lora.close();
        }
    }
}
