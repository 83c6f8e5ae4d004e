package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import dev.proxytune.DecoderOptions;
import java.util.OptionalLong;

/**
 * Work out the sizes of a context before it is made.
 *
 * @param sequences the number of sequences
 * @param contextLength what one sequence may hold
 * @param cells what the cache holds in all
 * @param batch the most tokens in one call
 * @param microBatch the most tokens computed at once
 * @param rows the most rows of one decode
 */
record ContextPlan(int sequences, int contextLength, int cells, int batch, int microBatch, int rows) {
    /** {@code LLAMA_MAX_SEQ}. */
    private static final int MOST_SEQUENCES = 256;

    /** llama.cpp rounds the length of a sequence up to a multiple of this. */
    private static final int CELL_UNIT = 256;

    private static final long MOST_CELLS = 1 << 30;

    /** What a process needs beside what is reckoned here. */
    private static final long MARGIN = 64L << 20;

    /** Work out the sizes, and refuse what does not fit into memory. */
    static ContextPlan of(NativeModel model, ModelOptions options, ModelInfo info, DecoderOptions wanted) {
        var plan = sizes(model, options, info, wanted);
        if (options.gpuLayers() == 0 || !LlamaLibrary.hasGpu()) {
            plan.checkMemory(info, SystemMemory.available());
        }
        return plan;
    }

    /** Work out the sizes, whether they fit or not. */
    static ContextPlan sizes(NativeModel model, ModelOptions options, ModelInfo info, DecoderOptions wanted) {
        int contextLength = wanted.contextLength() == 0 ? info.contextLength() : wanted.contextLength();
        if (wanted.sequences() > MOST_SEQUENCES) {
            throw new CapacityException("A decoder can run at most " + MOST_SEQUENCES + " sequences side by side, got: "
                    + wanted.sequences());
        }
        if (contextLength < 1) {
            throw new CapacityException("The model " + info.file() + " does not say how long a text it can read: give "
                    + "a context length");
        }
        boolean recurrent = ModelApi.isRecurrent(model.handle());
        if (contextLength > info.contextLength() && !recurrent && !ModelApi.isRotary(model.handle())) {
            throw new CapacityException("The model " + info.file() + " knows only the first " + info.contextLength()
                    + " positions of a text, so its context cannot be " + contextLength + " tokens long");
        }
        long cells = Math.ceilDiv((long) contextLength, CELL_UNIT) * CELL_UNIT * wanted.sequences();
        if (cells > MOST_CELLS) {
            throw new CapacityException("A context of " + contextLength + " tokens for each of " + wanted.sequences()
                    + " sequences is longer than llama.cpp can count: lower the context length (-c)");
        }
        int batch = (int) Math.min(cells, Math.max(options.batch(), wanted.maxRows()));
        int rows = (int) Math.min(wanted.maxRows(), Math.max(cells, wanted.sequences()));
        return new ContextPlan(
                wanted.sequences(),
                contextLength,
                (int) cells,
                batch,
                Math.min(batch, options.microBatch()),
                Math.max(rows, wanted.sequences()));
    }

    /** Refuse a context for which there is not enough memory; where that is not known, let llama.cpp try. */
    private void checkMemory(ModelInfo info, OptionalLong available) {
        long cache = saturatedProduct(cells, info.cacheBytesPerToken());
        long logits = saturatedProduct(rows, (long) info.vocabularySize() * Float.BYTES);
        // Logits of one step, the attention mask, and some activations of the width of a layer for each token.
        long compute = saturatedProduct(
                microBatch,
                4L * Math.min(rows, info.vocabularySize())
                        + 6L * (cells / sequences)
                        + 64L * Math.max(1, info.embeddingLength()));
        long needed = saturatedSum(saturatedSum(cache, logits), saturatedSum(compute, MARGIN));
        if (available.isPresent() && needed > available.getAsLong()) {
            throw new CapacityException("A context of " + contextLength + " tokens for " + sequences
                    + (sequences == 1 ? " sequence" : " sequences") + " of "
                    + info.file().getFileName() + " needs about "
                    + NativeModel.megabytes(needed) + " of memory, but only "
                    + NativeModel.megabytes(available.getAsLong())
                    + " are available: lower the context length (-c) or the number of sequences");
        }
    }

    private static long saturatedProduct(long a, long b) {
        return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }

    private static long saturatedSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
