/**
 * GGUF files, the format that llama.cpp loads models from.
 *
 * <p>{@link dev.proxytune.gguf.GgufFile} reads a file's header and its tensors,
 * {@link dev.proxytune.gguf.GgufWriter} writes one, {@link dev.proxytune.gguf.TensorCodec} turns rows of floats into
 * stored blocks and back, and {@link dev.proxytune.gguf.SyntheticModel} makes models of any size for tests and
 * benchmarks.
 *
 * <p>{@link dev.proxytune.gguf.ModelCheck} and {@link dev.proxytune.gguf.LoraCheck} decide whether a file is safe to
 * give to llama.cpp v0.5.0. That library ends the process on many malformed files instead of reporting them, so every
 * file that a user names is checked here first and refused with a sentence that says what is wrong.
 */
@NullMarked
package dev.proxytune.gguf;

import org.jspecify.annotations.NullMarked;
