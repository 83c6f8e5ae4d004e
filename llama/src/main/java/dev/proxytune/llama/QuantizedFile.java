package dev.proxytune.llama;

import java.nio.file.Path;

/**
 * What {@link Quantizer} made.
 *
 * @param file the file
 * @param sourceBytes size of the file that it was made from
 * @param bytes its size
 * @param fallbacks matrices whose rows do not divide into the blocks of the type, so that another type of smaller blocks
 *     or F16 stores them
 */
public record QuantizedFile(Path file, long sourceBytes, long bytes, int fallbacks) {}
