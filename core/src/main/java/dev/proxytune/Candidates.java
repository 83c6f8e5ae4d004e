package dev.proxytune;

import java.util.random.RandomGenerator;

/**
 * Hold the tokens that may be drawn, with weights proportional to their probabilities. Not thread-safe.
 *
 * <p>As long as nothing is cut off, all tokens of the vocabulary are candidates and stand in the order of their ids.
 */
final class Candidates {
    /*
     * Implementation note. Sorting a vocabulary to find its nucleus would take many times longer than the softmax, and
     * it is not needed. Draw from all candidates: the token is in the nucleus if those before it, in the order of
     * falling probability, do not reach p yet, which one pass over the weights tells. If it is not, the nucleus lies
     * among those before it, and the next draw is from these. A token of the nucleus that is drawn at last has been
     * drawn among all of them in proportion to the weights, so the distribution is exact. At p = 0.95, 95 of 100 draws
     * need one pass.
     */
    private final Kernels kernels;
    private final int vocabularySize;
    private final float[] weights;
    private final int[] ids;
    private final double[] blockSums;
    private final Largest largest = new Largest();
    private boolean whole;
    private int size;
    private double total;
    private double enough;
    private double probability;

    Candidates(int vocabularySize, Kernels kernels) {
        this.kernels = kernels;
        this.vocabularySize = vocabularySize;
        this.weights = new float[vocabularySize];
        this.ids = new int[vocabularySize];
        this.blockSums = new double[vocabularySize / Kernels.BLOCK + 1];
    }

    int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Start anew from a row.
     *
     * @param max the largest of the logits
     * @param topK how many of the largest to take, 0 for all
     */
    void fill(float[] logits, float max, float temperature, int topK) {
        whole = topK == 0 || topK >= vocabularySize;
        if (whole) {
            size = vocabularySize;
        } else {
            collectLargest(logits, topK);
        }
        total = kernels.softmax(whole ? logits : weights, size, max, 1 / temperature, weights, blockSums);
        enough = Double.POSITIVE_INFINITY;
    }

    /** Keep the fewest likeliest candidates whose probabilities reach {@code p} together. */
    void keepNucleus(double p) {
        enough = p * total;
    }

    /** Keep the candidates that have at least {@code fraction} of the likeliest one's probability. */
    void keepAbove(float fraction) {
        keep(fraction, fraction, size);
    }

    /** Draw one of the candidates. */
    int draw(RandomGenerator random) {
        while (true) {
            int place = place(random.nextDouble() * total);
            if (enough == Double.POSITIVE_INFINITY || sumBefore(place) < enough) {
                probability = weights[place] / total;
                return whole ? place : ids[place];
            }
            keep(Math.nextUp(weights[place]), weights[place], place);
        }
    }

    /** Return how likely the last draw was among the candidates that were left at the end. */
    double probability() {
        return probability;
    }

    /** Return which candidate is at a distance from the start of the line of all weights laid end to end. */
    private int place(double distance) {
        double left = distance;
        int chosen = 0;
        for (int block = 0; block * Kernels.BLOCK < size; block++) {
            if (blockSums[block] > 0) {
                chosen = block;
                if (left < blockSums[block]) {
                    break;
                }
                left -= blockSums[block];
            }
        }
        int end = Math.min((chosen + 1) * Kernels.BLOCK, size);
        double sum = 0;
        for (int i = chosen * Kernels.BLOCK; i < end; i++) {
            sum += weights[i];
        }
        left *= sum / blockSums[chosen]; // which was summed in floats
        int place = -1;
        for (int i = chosen * Kernels.BLOCK; i < end; i++) {
            if (weights[i] > 0) {
                place = i;
                left -= weights[i];
                if (left < 0) {
                    break;
                }
            }
        }
        return place;
    }

    /** Return the sum of the weights of all candidates likelier than one, or as likely and of a lower id. */
    private double sumBefore(int place) {
        float weight = weights[place];
        return kernels.sumAbove(weights, 0, place, Math.nextDown(weight))
                + kernels.sumAbove(weights, place, size, weight);
    }

    /** Keep the candidates of at least a weight, which is a lower one for places up to {@code end}. */
    private void keep(float least, float leastBeforeEnd, int end) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] >= (i < end ? leastBeforeEnd : least)) {
                ids[count] = whole ? i : ids[i];
                weights[count++] = weights[i];
            }
        }
        size = count;
        whole = false;
        total = kernels.sum(weights, size, blockSums);
    }

    /** Put the {@code k} largest logits, the lower ids where several are equal, in falling order into the weights. */
    private void collectLargest(float[] logits, int k) {
        largest.find(logits, vocabularySize, k);
        size = largest.size();
        for (int i = 0; i < size; i++) {
            ids[i] = largest.id(i);
            weights[i] = logits[ids[i]];
        }
    }
}
