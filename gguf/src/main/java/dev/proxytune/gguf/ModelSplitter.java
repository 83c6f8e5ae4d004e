package dev.proxytune.gguf;

import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes a model apart as {@code llama-gguf-split} does, for files to test with. */
public final class ModelSplitter {
    private ModelSplitter() {}

    /**
     * Write the parts of a model beside each other, replacing files of their names.
     *
     * @param model a model in one file
     * @param prefix the path of the parts up to {@code -00001-of-0000N.gguf}
     * @param tensors how many tensors each part gets, at least two parts; all tensors of the model together
     * @return the files of the parts in order
     * @throws IllegalArgumentException if the numbers are not those of the model
     * @throws ProxyTuneException if the model cannot be read or a part cannot be written
     */
    public static List<Path> split(Path model, Path prefix, int... tensors) {
        try (var file = GgufFile.open(model)) {
            List<TensorInfo> all = file.header().tensors();
            if (tensors.length < 2 || Arrays.stream(tensors).sum() != all.size()) {
                throw new IllegalArgumentException(model + " has " + all.size() + " tensors to share out");
            }
            List<Path> parts = new ArrayList<>();
            int next = 0;
            for (int part = 0; part < tensors.length; part++) {
                var metadata = part == 0 ? file.header().metadata().toBuilder() : Metadata.builder();
                metadata.put(SplitModel.NUMBER, new MetadataValue.Whole(ValueType.UINT16, part))
                        .put(SplitModel.COUNT, new MetadataValue.Whole(ValueType.UINT16, tensors.length))
                        .put(SplitModel.TENSORS, new MetadataValue.Whole(ValueType.INT32, all.size()));
                var writer = new GgufWriter(metadata.build());
                for (TensorInfo tensor : all.subList(next, next + tensors[part])) {
                    writer.addCopy(file, tensor);
                }
                next += tensors[part];
                Path path = prefix.resolveSibling(
                        SplitModel.name(String.valueOf(prefix.getFileName()), part, tensors.length));
                writer.write(path);
                parts.add(path);
            }
            return parts;
        }
    }
}
