package dev.proxytune.tune;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
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
    private final Weights weights;
    private final Map<String, MetadataValue> description;
    private final float[] ropeFactors;
    private final Network network;
    private long dropoutSeed;
    private boolean closed;

    private Transformer(
            ModelShape shape, Weights weights, Map<String, MetadataValue> description, float[] ropeFactors) {
        this.shape = shape;
        this.weights = weights;
        this.description = description;
        this.ropeFactors = ropeFactors;
        this.network = new Network(shape, weights, ropeFactors);
    }

    /**
     * Create a llama model with random weights: normal with deviation 0.02, less in the matrices that add to the
     * residual stream, by the root of how many there are (GPT-2, section 2.3).
     *
     * @param seed what the weights follow from
     * @throws dev.proxytune.ProxyTuneException if libtorch cannot be loaded, or lacks the device
     */
    static Transformer random(ModelShape shape, long seed, Compute compute) {
        if (shape.kind() != Architecture.LLAMA) {
            throw new IllegalArgumentException("only llama models are made anew, not " + shape.architecture());
        }
        Torch.load();
        var random = new Random(seed);
        var weights = new LinkedHashMap<String, Tensor>();
        TensorNames.of(shape).forEach((name, sizes) -> {
            long[] dimensions = sizes.stream().mapToLong(Integer::longValue).toArray();
            weights.put(name, Torch.leaf(initial(shape, name, sizes, random), compute, dimensions));
        });
        return new Transformer(
                shape, new Weights(compute, weights), shape.metadata().values(), new float[0]);
    }

    private static float[] initial(ModelShape shape, String name, List<Integer> sizes, Random random) {
        float[] values = new float[sizes.stream().reduce(1, Math::multiplyExact)];
        if (sizes.size() == 1) {
            Arrays.fill(values, 1);
            return values;
        }
        boolean residual = name.endsWith("attn_output.weight") || name.endsWith("ffn_down.weight");
        double deviation = residual ? INITIAL_DEVIATION / Math.sqrt(2.0 * shape.layers()) : INITIAL_DEVIATION;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    /**
     * Read a model.
     *
     * @param file a llama, qwen2, qwen3 or gemma3 model, which may be closed afterwards
     * @throws dev.proxytune.InvalidModelException if it is no sound model, or one that cannot be trained
     * @throws dev.proxytune.ProxyTuneException if libtorch cannot be loaded, or lacks the device
     */
    static Transformer load(GgufFile file, Compute compute) {
        ModelShape shape = ModelShape.of(file.header());
        Torch.load();
        var description = new LinkedHashMap<String, MetadataValue>();
        file.header().metadata().values().forEach((key, value) -> {
            if (key.equals("general.architecture") || key.startsWith(shape.architecture() + ".")) {
                description.put(key, value);
            }
        });
        var weights = new Weights(compute, ModelReader.weights(file, shape, compute));
        return new Transformer(shape, weights, description, ModelReader.ropeFactors(file));
    }

    /** Return the sizes and constants. */
    ModelShape shape() {
        return shape;
    }

    /** Return where and how precisely this computes. */
    Compute compute() {
        return weights.compute();
    }

    /**
     * Return the tensors to train by name, in a fixed order: single-precision leaves that want a gradient.
     *
     * <p>These are all weights, or the low-rank matrices alone once there are some.
     */
    Map<String, Tensor> parameters() {
        return weights.trained();
    }

    /** Tell whether a parameter is a matrix, which weight decay pulls to zero, rather than a norm or bias. */
    boolean isMatrix(String name) {
        Tensor parameter = parameters().get(name);
        return parameter != null && parameter.dim() == 2;
    }

    /**
     * Freeze the weights, and train low-rank matrices beside them.
     *
     * @param seed what the matrices and what is dropped follow from
     * @throws IllegalStateException if there are such matrices already
     */
    void addLora(LoraSettings settings, long seed) {
        checkOpen();
        weights.add(new Lora(settings, shape, seed, compute()));
        dropoutSeed = seed;
    }

    /**
     * Set what the following dropouts follow from, together with the tokens; for each step anew.
     *
     * @param seed any number
     */
    void seedDropout(long seed) {
        dropoutSeed = seed;
    }

    /**
     * Return the sum of cross entropies over the counted targets, in nats, as a scalar to go backward from.
     *
     * @throws IllegalArgumentException if nothing counts, rows are longer than the context, or there is no such token
     */
    Tensor loss(TokenBatch batch) {
        check(batch);
        torch.manual_seed(31 * dropoutSeed + Arrays.hashCode(batch.ids()));
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
            return Torch.toArray(network.logits(states(batch, true)));
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

    private Tensor states(TokenBatch batch, boolean likeLlamaCpp) {
        for (int id : batch.ids()) {
            checkToken(id);
        }
        return network.states(onDevice(batch.ids()), batch, likeLlamaCpp);
    }

    private void checkToken(int id) {
        if (id < 0 || id >= shape.vocabularySize()) {
            throw new IllegalArgumentException("no token " + id + " among " + shape.vocabularySize());
        }
    }

    private Tensor sum(TokenBatch batch) {
        Tensor states = states(batch, false);
        int[] counted = IntStream.range(0, batch.targets().length)
                .filter(i -> batch.targets()[i] != TokenBatch.UNCOUNTED)
                .toArray();
        int[] targets = IntStream.of(counted).map(i -> batch.targets()[i]).toArray();
        for (int id : targets) {
            checkToken(id);
        }
        if (counted.length < batch.targets().length) {
            states = states.index_select(0, onDevice(counted));
        }
        String output = network.outputName();
        Tensor matrix = weights.lora() == null ? weights.exact(output) : weights.rounded(output);
        return CrossEntropy.sum(states, matrix, onDevice(targets));
    }

    private Tensor onDevice(int[] numbers) {
        return Torch.longs(numbers, numbers.length).to(Torch.device(compute().device()), ScalarType.Long);
    }

    /**
     * Write the model as a GGUF file that llama.cpp runs, replacing one of the same name; what low-rank matrices add is
     * merged.
     *
     * @param metadata the tokenizer and what else is worth telling; the keys of the architecture are added
     * @param matrixType type of the matrices; those whose rows are no whole blocks of it become F16
     * @throws dev.proxytune.ProxyTuneException if it cannot be written
     */
    void write(Path out, Metadata metadata, TensorType matrixType) {
        checkOpen();
        Metadata whole = metadata.toBuilder().putAll(description).build();
        new ModelWriter(shape, weights).writeModel(out, whole, matrixType, ropeFactors);
    }

    /**
     * Write the low-rank matrices as a GGUF file that llama.cpp adds to the model they were trained on.
     *
     * @param metadata what is worth telling; the keys of an adapter are added
     * @throws IllegalStateException if there are none
     * @throws dev.proxytune.ProxyTuneException if it cannot be written
     */
    void writeLora(Path out, Metadata metadata) {
        checkOpen();
        Lora lora = weights.lora();
        if (lora == null) {
            throw new IllegalStateException("There are no low-rank matrices to write");
        }
        new ModelWriter(shape, weights).writeLora(out, metadata, lora);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            weights.close();
            network.close();
        }
    }
}
