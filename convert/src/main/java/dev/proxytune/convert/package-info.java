/**
 * Model and adapter folders of Hugging Face, turned into GGUF files.
 *
 * <p>{@link dev.proxytune.convert.Converter} takes a folder as transformers or PEFT saved it and writes what llama.cpp's
 * own converter would: the same tensors, the same metadata. A folder is read in three steps, none of which trusts the one
 * before: the configuration says which tensors there must be and of which shapes, the safetensors files say where they
 * are, and the tokenizer says what the rows of the embedding stand for.
 *
 * <p>Weights pass through in pieces, so the memory needed is that of the tokenizer, whatever the size of the model.
 */
@NullMarked
package dev.proxytune.convert;

import org.jspecify.annotations.NullMarked;
