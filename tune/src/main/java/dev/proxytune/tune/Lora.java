package dev.proxytune.tune;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Low-rank matrices beside the matrices of a frozen model. */
final class Lora implements AutoCloseable {
    static final String FIRST = ".lora_a";
    static final String SECOND = ".lora_b";

    private final LoraSettings settings;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /**
     * Create matrices that add nothing yet: the first is uniform, within the inverse root of its row length, the second
     * zero.
     *
     * @param seed what the first follow from
     */
    Lora(LoraSettings settings, ModelShape shape, long seed, Compute compute) {
        this.settings = settings;
        var random = new Random(seed);
        var sizes = TensorNames.of(shape);
        for (int i = 0; i < shape.layers(); i++) {
            for (var projection : LoraSettings.Projection.values()) {
                if (settings.projections().contains(projection)) {
                    String name = "blk." + i + "." + projection.stem() + ".weight";
                    add(name, Objects.requireNonNull(sizes.get(name)), random, compute);
                }
            }
        }
    }

    private void add(String name, List<Integer> size, Random random, Compute compute) {
        int rank = settings.rank();
        int input = size.getLast();
        double bound = 1 / Math.sqrt(input);
        float[] first = new float[rank * input];
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        tensors.put(name + FIRST, Torch.leaf(first, compute, rank, input));
        tensors.put(name + SECOND, Torch.leaf(new float[size.getFirst() * rank], compute, size.getFirst(), rank));
    }

    LoraSettings settings() {
        return settings;
    }

    /** Return the matrices by name, in a fixed order. */
    Map<String, Tensor> tensors() {
        return tensors;
    }

    private boolean has(String name) {
        return tensors.containsKey(name + FIRST);
    }

    private Tensor tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /**
     * Return the output of some matrices side by side with what is added to each.
     *
     * @param input what they multiply, {@code [tokens, input]}
     * @param output the product without additions, {@code [tokens, sum of outputs]}
     * @param names the matrices
     * @param outputs their numbers of rows
     */
    Tensor add(Tensor input, Tensor output, List<String> names, List<Long> outputs) {
        if (names.stream().noneMatch(this::has)) {
            return output;
        }
        ScalarType type = output.scalar_type();
        var first = new TensorVector();
        var second = new TensorVector();
        for (int i = 0; i < names.size(); i++) {
            if (has(names.get(i))) {
                first.push_back(tensor(names.get(i) + FIRST));
                second.push_back(tensor(names.get(i) + SECOND));
            } else {
                second.push_back(torch.empty(outputs.get(i), 0).to(output.device(), ScalarType.Float));
            }
        }
        Tensor entering = settings.dropout() > 0 && GradMode.is_enabled()
                ? torch.dropout(input, settings.dropout(), true)
                : input;
        Tensor narrow = torch.linear(entering, torch.cat(first, 0).to(type));
        Tensor wide = torch.block_diag(second).to(type);
        return torch.addmm(output, narrow, wide.t(), new Scalar(1.0), new Scalar(settings.scale()));
    }

    /** Return rows of a matrix, given by their numbers, with what is added to them. */
    Tensor merge(String name, Tensor rows, Tensor numbers) {
        if (!has(name)) {
            return rows;
        }
        Tensor second = tensor(name + SECOND).index_select(0, numbers);
        return torch.addmm(rows, second, tensor(name + FIRST), new Scalar(1.0), new Scalar(settings.scale()));
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::releaseReference);
    }
}
