package dev.proxytune.tune;

import dev.proxytune.PartialFile;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.FileType;
import dev.proxytune.llama.QuantizeOptions;
import dev.proxytune.llama.Quantizer;
import java.nio.file.Path;

/** Writes what a training run made. */
@FunctionalInterface
interface ModelOutput {
    /**
     * Write the file, replacing one of the same name when complete.
     *
     * @param record keys that tell how the model was trained
     */
    void write(Path file, Metadata record);

    /** Write a whole model, by llama.cpp's quantizer where the type asks for it. */
    static void write(Transformer model, Path file, Metadata metadata, FileType type) {
        switch (type) {
            case F32 -> model.write(file, metadata, TensorType.F32);
            case F16 -> model.write(file, metadata, TensorType.F16);
            case BF16 -> model.write(file, metadata, TensorType.BF16);
            default -> quantize(model, file, metadata, type);
        }
    }

    private static void quantize(Transformer model, Path file, Metadata metadata, FileType type) {
        try (var exact = new PartialFile(file)) {
            model.write(exact.path(), metadata, TensorType.F32);
            Quantizer.quantize(exact.path(), file, QuantizeOptions.of(type).withOverwrite(true));
        }
    }
}
