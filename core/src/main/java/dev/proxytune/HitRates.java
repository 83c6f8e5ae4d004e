package dev.proxytune;

/**
 * Learn how often guesses are right, by how sure of them their source was. Not thread-safe.
 *
 * <p>Each sequence has rates of its own, since texts differ; an answer begins with those of the one before it.
 */
final class HitRates {
    /** From which confidence on a guess of an expert belongs to the next kind. */
    private static final double[] BOUNDS = {0.3, 0.5, 0.7, 0.85, 0.94, 0.98, 0.995};

    private static final int EXPERT_KINDS = BOUNDS.length + 1;
    private static final int LONGEST_MATCH = 12;
    private static final int KINDS = EXPERT_KINDS + LONGEST_MATCH + 1;

    /** How many guesses are remembered, roughly. */
    private static final double MEMORY = 64;

    private final double[] rates = new double[KINDS];
    private final double[] weights = new double[KINDS];
    private double average = 0.8;
    private double averageWeight = 4;

    HitRates() {
        for (int kind = 0; kind < KINDS; kind++) {
            double low = kind == 0 || kind >= EXPERT_KINDS ? 0 : BOUNDS[kind - 1];
            double high = kind >= EXPERT_KINDS - 1 ? 1 : BOUNDS[kind];
            rates[kind] = (low + high) / 2;
            weights[kind] = 2;
        }
    }

    /** Return the kind of a guess from an expert's row. */
    static int ofExpert(double confidence) {
        int kind = 0;
        while (kind < BOUNDS.length && confidence >= BOUNDS[kind]) {
            kind++;
        }
        return kind;
    }

    /** Return the kind of a guess that continues an earlier place where the same tokens stood. */
    static int ofMatch(int length) {
        return EXPERT_KINDS + Math.min(length, LONGEST_MATCH);
    }

    double rate(int kind) {
        return rates[kind];
    }

    /** Return how often guesses of all kinds were right. */
    double average() {
        return average;
    }

    void add(int kind, boolean hit) {
        weights[kind] = Math.min(weights[kind] + 1, MEMORY);
        rates[kind] += ((hit ? 1 : 0) - rates[kind]) / weights[kind];
        averageWeight = Math.min(averageWeight + 1, MEMORY);
        average += ((hit ? 1 : 0) - average) / averageWeight;
    }
}
