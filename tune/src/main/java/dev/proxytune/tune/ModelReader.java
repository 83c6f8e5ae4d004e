package dev.proxytune.tune;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Reads the weights of a model from a file, of whatever type they are stored in. */
final class ModelReader {
    private static final int CHUNK_FLOATS = 1 << 20;
    /** Heads for ranking and embedding, and a table of old converters, none of which texts come from. */
    private static final Set<String> UNUSED =
            Set.of("cls.output.weight", "dense_2.weight", "dense_3.weight", "attn_rot_embd");

    private final GgufFile file;
    private final ModelShape shape;
    private final Compute compute;

    private ModelReader(GgufFile file, ModelShape shape, Compute compute) {
        this.file = file;
        this.shape = shape;
        this.compute = compute;
    }

    /**
     * Read all weights, as leaves to train.
     *
     * @throws InvalidModelException if there are tensors that training does not know, or of a type that it cannot read
     */
    static Map<String, Tensor> weights(GgufFile file, ModelShape shape, Compute compute) {
        var reader = new ModelReader(file, shape, compute);
        var wanted = new LinkedHashMap<>(TensorNames.of(shape));
        TensorNames.optional(shape).forEach((name, sizes) -> {
            if (file.header().tensor(name).isPresent()) {
                wanted.put(name, sizes);
            }
        });
        reader.refuseOthers(wanted.keySet());
        var weights = new LinkedHashMap<String, Tensor>();
        try {
            wanted.forEach((name, sizes) -> weights.put(name, reader.read(name, sizes)));
        } catch (RuntimeException e) {
            weights.values().forEach(Tensor::releaseReference);
            throw e;
        }
        return weights;
    }

    /** Return what each rotary frequency is divided by, or none. */
    static float[] ropeFactors(GgufFile file) {
        return file.header()
                .tensor(TensorNames.ROPE_FACTORS)
                .map(tensor -> {
                    float[] factors = new float[Math.toIntExact(tensor.elements())];
                    file.readRows(tensor, 0, factors);
                    return factors;
                })
                .orElse(new float[0]);
    }

    private void refuseOthers(Set<String> wanted) {
        var known = new HashSet<>(wanted);
        known.addAll(UNUSED);
        if (shape.kind() == Architecture.LLAMA) {
            known.add(TensorNames.ROPE_FACTORS);
        }
        for (TensorInfo tensor : file.header().tensors()) {
            String last = tensor.name()
                    .substring(tensor.name().lastIndexOf('.', tensor.name().length() - 1) + 1);
            if (!known.contains(tensor.name()) && !known.contains(last)) {
                throw refusal(
                        "there is a tensor '" + tensor.name() + "'",
                        "only those of a plain " + shape.architecture() + " model",
                        "take another base, or convert it without fusing or scaling tensors");
            }
        }
    }

    private Tensor read(String name, List<Integer> sizes) {
        TensorInfo tensor = file.header()
                .tensor(name)
                .orElseThrow(() -> refusal("there is no tensor '" + name + "'", "one", "take an unfused conversion"));
        check(tensor, sizes);
        long[] dimensions = sizes.stream().mapToLong(Integer::longValue).toArray();
        return Torch.kept(() -> {
            Tensor host = torch.empty(dimensions, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
            copy(tensor, host.data_ptr_float(), TensorNames.movedRows(shape, name));
            Tensor placed = host.to(Torch.device(compute.device()), ScalarType.Float);
            placed.set_requires_grad(true);
            return placed;
        });
    }

    private void check(TensorInfo tensor, List<Integer> sizes) {
        long rows = sizes.size() == 1 ? 1 : sizes.getFirst();
        if (tensor.rowLength() != sizes.getLast() || tensor.rows() != rows) {
            throw refusal(
                    "tensor '" + tensor.name() + "' is " + tensor.rowLength() + "x" + tensor.rows(),
                    sizes.getLast() + "x" + rows,
                    "convert the model anew");
        }
        if (!TensorCodec.canDecode(tensor.type())) {
            throw refusal(
                    "tensor '" + tensor.name() + "' is of type " + tensor.type().label(),
                    "one of "
                            + Arrays.stream(TensorType.values())
                                    .filter(TensorCodec::canDecode)
                                    .map(TensorType::label)
                                    .collect(Collectors.joining(", ")),
                    "take a base in one of these, best F16 or BF16");
        }
    }

    private void copy(TensorInfo tensor, FloatPointer destination, int movedRows) {
        int stored = Math.toIntExact(tensor.rowLength());
        int step = Math.max(1, CHUNK_FLOATS / stored);
        // A vector is stored as one row, but moves element by element.
        int rowLength = tensor.rows() == 1 ? 1 : stored;
        for (long row = 0; row < tensor.rows(); row += step) {
            float[] values = new float[(int) Math.min(step, tensor.rows() - row) * stored];
            file.readRows(tensor, row, values);
            int piece = movedRows == 0 ? values.length : rowLength;
            for (int at = 0; at < values.length; at += piece) {
                long place = row + at / rowLength;
                long moved = movedRows == 0 ? place : Rotation.inMemory(Math.toIntExact(place), movedRows);
                destination.position(moved * rowLength).put(values, at, piece);
            }
        }
    }

    private InvalidModelException refusal(String found, String expected, String advice) {
        return new InvalidModelException(
                file.header().source() + ": " + found + ", expected " + expected + "; " + advice);
    }
}
