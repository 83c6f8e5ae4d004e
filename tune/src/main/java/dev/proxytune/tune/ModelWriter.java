package dev.proxytune.tune;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorCodec;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes weights as files that llama.cpp runs. */
final class ModelWriter {
    private final ModelShape shape;
    private final Weights weights;

    ModelWriter(ModelShape shape, Weights weights) {
        this.shape = shape;
        this.weights = weights;
    }

    /** Write a whole model, with what low-rank matrices add to it. */
    void writeModel(Path out, Metadata metadata, TensorType matrixType, float[] ropeFactors) {
        if (!TensorCodec.canEncode(matrixType)) {
            throw new IllegalArgumentException("cannot write tensors of type " + matrixType.label());
        }
        var writer = new GgufWriter(metadata.toBuilder()
                .remove("general.alignment")
                .putUnsigned("general.file_type", TensorNames.fileType(matrixType))
                .build());
        if (ropeFactors.length > 0) {
            writer.addFloats(TensorNames.ROPE_FACTORS, TensorType.F32, List.of((long) ropeFactors.length), ropeFactors);
        }
        for (var entry : weights.tensors().entrySet()) {
            String name = entry.getKey();
            Tensor tensor = entry.getValue();
            List<Long> sizes = sizes(tensor);
            writer.addRows(
                    name,
                    TensorNames.typeFor(matrixType, sizes),
                    sizes,
                    rows(name, tensor, TensorNames.movedRows(shape, name)));
        }
        writer.write(out);
    }

    /** Write the low-rank matrices alone. */
    void writeLora(Path out, Metadata metadata, Lora lora) {
        var writer = new GgufWriter(metadata.toBuilder()
                .remove("general.alignment")
                .put("general.architecture", shape.architecture())
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", lora.settings().alpha())
                .build());
        for (Map.Entry<String, Tensor> entry : lora.tensors().entrySet()) {
            String name = entry.getKey();
            // The second matrix has the rows of the weight it adds to, the first has its columns.
            int moved = name.endsWith(Lora.SECOND) ? TensorNames.movedRows(shape, name) : 0;
            writer.addRows(name, TensorType.F32, sizes(entry.getValue()), rows(name, entry.getValue(), moved));
        }
        writer.write(out);
    }

    /** Return the dimensions as files have them, the length of a row first. */
    private static List<Long> sizes(Tensor tensor) {
        return tensor.dim() == 1 ? List.of(tensor.size(0)) : List.of(tensor.size(1), tensor.size(0));
    }

    private GgufWriter.Rows rows(String name, Tensor tensor, int movedRows) {
        return (first, destination) -> {
            try (var _ = new PointerScope();
                    var _ = new NoGradGuard()) {
                int rowLength = tensor.dim() == 1 ? 1 : Math.toIntExact(tensor.size(1));
                int start = Math.toIntExact(first);
                int[] places = IntStream.range(start, start + destination.length / rowLength)
                        .map(row -> Rotation.inMemory(row, movedRows))
                        .toArray();
                Tensor index = Torch.longs(places, places.length)
                        .to(Torch.device(weights.compute().device()), ScalarType.Long);
                Lora lora = weights.lora();
                Tensor rows = tensor.index_select(0, index);
                float[] values = Torch.toArray(lora == null ? rows : lora.merge(name, rows, index));
                System.arraycopy(values, 0, destination, 0, values.length);
            }
        };
    }
}
