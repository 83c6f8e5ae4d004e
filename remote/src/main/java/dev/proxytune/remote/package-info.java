/**
 * A language model whose weights are behind HTTP: vLLM, llama.cpp's server, or an OpenAI-type chat API.
 *
 * <p>The servers keep no state that matters. A decoder holds the token ids of its texts and asks for the rows after
 * them, so going back costs nothing, and a request that fails is made again without a token lost or said twice.
 *
 * <p>A row arrives as JSON, of megabytes where the vocabulary is large. It is read as a stream into an array of floats.
 */
@NullMarked
package dev.proxytune.remote;

import org.jspecify.annotations.NullMarked;
