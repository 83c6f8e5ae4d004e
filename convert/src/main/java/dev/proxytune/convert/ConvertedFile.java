package dev.proxytune.convert;

import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that a conversion wrote.
 *
 * @param file the GGUF file
 * @param isAdapter whether it is a LoRA adapter rather than a model
 * @param architecture llama.cpp's name of the architecture
 * @param type how matrices are stored
 * @param tensors number of tensors
 * @param bytes size of the file
 * @param notes what a user should know, a sentence each
 */
public record ConvertedFile(
        Path file,
        boolean isAdapter,
        String architecture,
        TensorType type,
        int tensors,
        long bytes,
        List<String> notes) {
    public ConvertedFile {
        notes = List.copyOf(notes);
    }
}
