package dev.proxytune;

import java.util.Arrays;
import java.util.Objects;

/** View logits that were copied into an array, which may be read with fewer ids or with more: those beyond are −∞. */
final class KeptRow implements Row {
    private final float[] logits;
    private final int known;
    private final int size;

    /**
     * Create a view.
     *
     * @param known how many ids the array speaks about
     * @param size the size of the row
     */
    KeptRow(float[] logits, int known, int size) {
        this.logits = logits;
        this.known = known;
        this.size = size;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public float logit(int id) {
        return Objects.checkIndex(id, size) < known ? logits[id] : Float.NEGATIVE_INFINITY;
    }

    @Override
    public void copyTo(int from, float[] destination, int offset, int count) {
        Objects.checkFromIndexSize(from, count, size);
        Objects.checkFromIndexSize(offset, count, destination.length);
        int copied = Math.clamp((long) known - from, 0, count);
        System.arraycopy(logits, Math.min(from, known), destination, offset, copied);
        Arrays.fill(destination, offset + copied, offset + count, Float.NEGATIVE_INFINITY);
    }
}
