package dev.proxytune.llama;

import java.nio.file.Path;

/**
 * Tell what a model file holds.
 *
 * @param file the file
 * @param architecture the name of the architecture, such as {@code llama}
 * @param description architecture, size and quantisation in a few words
 * @param quantization how the weights are stored
 * @param parameters the number of parameters
 * @param weightBytes what the weights take
 * @param contextLength the longest text that the model was made for
 * @param layers the number of layers
 * @param embeddingLength the width of the layers
 * @param vocabularySize the number of tokens
 * @param cacheBytesPerToken what one token of one sequence takes in the KV cache, about; 0 for models whose cache does
 *     not grow
 */
public record ModelInfo(
        Path file,
        String architecture,
        String description,
        String quantization,
        long parameters,
        long weightBytes,
        int contextLength,
        int layers,
        int embeddingLength,
        int vocabularySize,
        long cacheBytesPerToken) {}
