package dev.proxytune.llama;

import dev.proxytune.Row;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Read one row of the logits that llama.cpp wrote.
 *
 * <p>The segment dies with its decoder, so a row that is used after that fails and reads nothing.
 */
final class LlamaRow implements Row {
    private final LlamaDecoder decoder;
    private final long decode;
    private final MemorySegment logits;
    private final int size;

    LlamaRow(LlamaDecoder decoder, long decode, MemorySegment logits, int size) {
        this.decoder = decoder;
        this.decode = decode;
        this.logits = logits;
        this.size = size;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public float logit(int id) {
        checkAge();
        return logits.getAtIndex(Native.FLOAT, Objects.checkIndex(id, size));
    }

    @Override
    public void copyTo(int from, float[] destination, int offset, int count) {
        checkAge();
        Objects.checkFromIndexSize(from, count, size);
        MemorySegment.copy(logits, Native.FLOAT, (long) from * Float.BYTES, destination, offset, count);
    }

    private void checkAge() {
        if (decoder.decodes() != decode) {
            throw new IllegalStateException("The row is gone: its decoder has decoded since");
        }
    }
}
