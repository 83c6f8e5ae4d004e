/**
 * Models behind HTTP, in OpenAI's form.
 *
 * <p>A {@link dev.proxytune.server.ModelServer} serves any number of {@link dev.proxytune.server.ServedModel}s. It knows
 * nothing of files: whoever starts it says how models are opened. Each model has a scheduler that runs many answers at
 * once in a thread of its own; each connection has a virtual thread that reads a request, waits for its answer, and
 * writes, so that a slow reader holds up nobody but itself.
 */
@NullMarked
package dev.proxytune.server;

import org.jspecify.annotations.NullMarked;
