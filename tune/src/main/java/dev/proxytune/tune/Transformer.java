package dev.proxytune.tune;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A language model that learns, on libtorch.
 *
 * <p>The weights are in single precision whatever the computation uses, and belong to this object. Call
 * {@link #loss(TokenBatch)} inside a {@link PointerScope}, which takes the result; nothing else stays behind. Not
 * thread-safe.
 */
final class Transformer implements AutoCloseable {
    private static final double INITIAL_DEVIATION = 0.02;

    private final ModelShape shape;
    private final Compute compute;
    private final Map<String, Tensor> weights;
    private final Network network;
    private boolean closed;

    private Transformer(ModelShape shape, Compute compute, Map<String, Tensor> weights) {
        this.shape = shape;
        this.compute = compute;
        this.weights = weights;
        this.network = new Network(shape, compute, weights);
    }

    /**
     * Create a llama model with random weights: normal with deviation 0.02, less in the matrices that add to the
     * residual stream, by the root of how many there are (GPT-2, section 2.3).
     *
     * @param seed what the weights follow from
     */
    static Transformer random(ModelShape shape, long seed, Compute compute) {
        Torch.load();
        var random = new Random(seed);
        var weights = new LinkedHashMap<String, Tensor>();
        for (var tensor : TensorNames.of(shape).entrySet()) {
            List<Integer> dimensions = tensor.getValue();
            float[] values = new float[dimensions.stream().reduce(1, Math::multiplyExact)];
            if (dimensions.size() == 1) {
                Arrays.fill(values, 1);
            } else {
                boolean residual = tensor.getKey().endsWith("attn_output.weight")
                        || tensor.getKey().endsWith("ffn_down.weight");
                double deviation = residual ? INITIAL_DEVIATION / Math.sqrt(2.0 * shape.layers()) : INITIAL_DEVIATION;
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (random.nextGaussian() * deviation);
                }
            }
            weights.put(tensor.getKey(), leaf(values, dimensions, compute));
        }
        return new Transformer(shape, compute, weights);
    }

    /** Create a tensor that is trained, and lives until it is released. */
    private static Tensor leaf(float[] values, List<Integer> dimensions, Compute compute) {
        long[] sizes = dimensions.stream().mapToLong(Integer::longValue).toArray();
        return Torch.kept(() -> {
            var tensor = Torch.floats(values, sizes).to(Torch.device(compute.device()), ScalarType.Float);
            tensor.set_requires_grad(true);
            return tensor;
        });
    }

    /** Return the sizes and constants. */
    ModelShape shape() {
        return shape;
    }

    /** Return where and how precisely this computes. */
    Compute compute() {
        return compute;
    }

    /** Return the tensors to train by name, in a fixed order: single-precision leaves that want a gradient. */
    Map<String, Tensor> parameters() {
        return Collections.unmodifiableMap(weights);
    }

    /** Tell whether a parameter is a matrix, which weight decay pulls to zero, rather than a norm or bias. */
    boolean isMatrix(String name) {
        return weights.containsKey(name) && weights.get(name).dim() == 2;
    }

    /**
     * Return the sum of cross entropies over the counted targets, in nats, as a scalar to go backward from.
     *
     * @throws IllegalArgumentException if nothing counts, or rows are longer than the context
     */
    Tensor loss(TokenBatch batch) {
        check(batch);
        return Torch.scoped(() -> sum(batch));
    }

    /** Return the sum of cross entropies over the counted targets, in nats. */
    double evaluate(TokenBatch batch) {
        check(batch);
        try (var _ = new PointerScope();
                var _ = new NoGradGuard()) {
            return sum(batch).item_double();
        }
    }

    /** Return the logits after each token of one text, row by row, {@code ids.length * vocabularySize} numbers. */
    float[] logits(int[] ids) {
        int[] none = new int[ids.length];
        Arrays.fill(none, TokenBatch.UNCOUNTED);
        var batch = new TokenBatch(1, ids.length, ids, none, new int[0]);
        checkOpen();
        try (var _ = new PointerScope();
                var _ = new NoGradGuard()) {
            return Torch.toArray(network.logits(states(batch)));
        }
    }

    private void check(TokenBatch batch) {
        checkOpen();
        if (batch.length() > shape.contextLength()) {
            throw new IllegalArgumentException(
                    "rows of " + batch.length() + " tokens do not fit the context of " + shape.contextLength());
        }
        if (batch.counted() == 0) {
            throw new IllegalArgumentException("no token of the batch counts");
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The model is closed");
        }
    }

    private Tensor states(TokenBatch batch) {
        for (int id : batch.ids()) {
            if (id < 0 || id >= shape.vocabularySize()) {
                throw new IllegalArgumentException("no token " + id + " among " + shape.vocabularySize());
            }
        }
        Tensor ids = Torch.longs(batch.ids(), batch.ids().length).to(Torch.device(compute.device()), ScalarType.Long);
        return network.states(ids, batch.rows(), batch.length(), network.mask(batch));
    }

    private Tensor sum(TokenBatch batch) {
        Tensor states = states(batch);
        int[] counted = IntStream.range(0, batch.targets().length)
                .filter(i -> batch.targets()[i] != TokenBatch.UNCOUNTED)
                .toArray();
        if (counted.length < batch.targets().length) {
            states = states.index_select(0, onDevice(counted));
        }
        Tensor targets =
                onDevice(IntStream.of(counted).map(i -> batch.targets()[i]).toArray());
        return CrossEntropy.sum(states, network.output(), targets);
    }

    private Tensor onDevice(int[] numbers) {
        return Torch.longs(numbers, numbers.length).to(Torch.device(compute.device()), ScalarType.Long);
    }

    /**
     * Write the model as a GGUF file that llama.cpp runs, replacing one of the same name.
     *
     * @param metadata the tokenizer and what else describes the model; the keys of the shape are added
     * @param matrixType type of the matrices; those whose rows are no whole blocks of it become F16
     * @throws dev.proxytune.ProxyTuneException if it cannot be written
     */
    void write(Path out, Metadata metadata, TensorType matrixType) {
        checkOpen();
        if (!TensorCodec.canEncode(matrixType)) {
            throw new IllegalArgumentException("cannot write tensors of type " + matrixType.label());
        }
        var writer = new GgufWriter(metadata.toBuilder()
                .remove("general.alignment")
                .putAll(shape.metadata().values())
                .putUnsigned("general.file_type", TensorNames.fileType(matrixType))
                .build());
        weights.forEach((name, tensor) -> {
            List<Long> sizes = tensor.dim() == 1 ? List.of(tensor.size(0)) : List.of(tensor.size(1), tensor.size(0));
            TensorType type = TensorNames.typeFor(matrixType, sizes);
            writer.addFloats(name, type, sizes, TensorNames.toFile(shape, name, Torch.toArray(tensor)));
        });
        writer.write(out);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            weights.values().forEach(Tensor::releaseReference);
            network.close();
        }
    }
}
