package dev.proxytune;

/** Read logits from an array. */
final class ArrayRow implements Row {
    private final float[] logits;

    ArrayRow(float... logits) {
        this.logits = logits;
    }

    @Override
    public int size() {
        return logits.length;
    }

    @Override
    public float logit(int id) {
        return logits[id];
    }

    @Override
    public void copyTo(int from, float[] destination, int offset, int count) {
        System.arraycopy(logits, from, destination, offset, count);
    }
}
