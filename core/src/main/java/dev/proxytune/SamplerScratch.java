package dev.proxytune;

/**
 * Hold the working arrays for drawing tokens, so that many answers can share them: about 12 bytes for each token of the
 * vocabulary once something is drawn at random, 4 before. Not thread-safe.
 */
final class SamplerScratch {
    private final int vocabularySize;
    private final Kernels kernels = new Kernels();
    private final float[] logits;
    private Candidates candidates;
    private int[] counts = new int[0];

    SamplerScratch(int vocabularySize) {
        this.vocabularySize = vocabularySize;
        this.logits = new float[vocabularySize];
        this.candidates = new Candidates(0, kernels);
    }

    int vocabularySize() {
        return vocabularySize;
    }

    Kernels kernels() {
        return kernels;
    }

    float[] logits() {
        return logits;
    }

    /** Make sure that there is room for what a way of drawing needs, so that no step allocates it. */
    void prepare(Sampling sampling) {
        if (!sampling.isGreedy() && candidates.vocabularySize() < vocabularySize) {
            candidates = new Candidates(vocabularySize, kernels);
        }
        if (!sampling.penalties().isNone() && counts.length < vocabularySize) {
            counts = new int[vocabularySize];
        }
    }

    Candidates candidates() {
        return candidates;
    }

    /** Return how often each token was seen: all zero, and to be left so. */
    int[] counts() {
        return counts;
    }
}
