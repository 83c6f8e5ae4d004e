/**
 * GGUF models run by llama.cpp v0.5.0 through the Foreign Function and Memory API.
 *
 * <p>{@link dev.proxytune.llama.LlamaModel} loads a file and opens decoders; {@link dev.proxytune.llama.LlamaLibrary}
 * says which libraries and devices do the work. What llama.cpp answers with an abort of the process (a position, a
 * sequence or a token that cannot be, rows that were not asked for) is refused here before it gets there.
 *
 * <p>Inside: the {@code …Api} classes hold one method handle and one typed method for each C function, {@link
 * dev.proxytune.llama.Structs} the layout of the structs of this one version. Everything above them is plain Java.
 */
@NullMarked
package dev.proxytune.llama;

import org.jspecify.annotations.NullMarked;
