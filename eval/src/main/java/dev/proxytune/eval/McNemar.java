package dev.proxytune.eval;

/** Test whether two systems differ in how often they are right on the same questions. */
public final class McNemar {
    private McNemar() {}

    /**
     * Return the two-sided p-value of the exact test: were the systems equal, each of the questions on which they differ
     * would go to either with probability ½.
     *
     * @param onlyFirst how many questions only the first system has right
     * @param onlySecond how many only the second one
     */
    public static double exact(int onlyFirst, int onlySecond) {
        if (onlyFirst < 0 || onlySecond < 0) {
            throw new IllegalArgumentException("counts must be 0 or more, got: " + onlyFirst + ", " + onlySecond);
        }
        int n = onlyFirst + onlySecond;
        int fewer = Math.min(onlyFirst, onlySecond);
        // log C(n, i) − n log 2, summed from the smallest term up to keep its digits.
        double log = -n * Math.log(2);
        double tail = Math.exp(log);
        for (int i = 1; i <= fewer; i++) {
            log += Math.log((double) (n - i + 1) / i);
            tail += Math.exp(log);
        }
        return Math.min(1, 2 * tail);
    }
}
