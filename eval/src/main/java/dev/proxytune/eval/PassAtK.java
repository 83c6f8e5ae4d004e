package dev.proxytune.eval;

/** Estimate how often at least one of k samples passes (Chen et al. 2021, "Evaluating Large Language Models…", 2.1). */
public final class PassAtK {
    private PassAtK() {}

    /**
     * Return the unbiased estimate 1 − C(n − c, k) / C(n, k).
     *
     * @param n how many samples there are
     * @param c how many of them pass, from 0 to n
     * @param k how many may be tried, from 1 to n
     */
    public static double of(int n, int c, int k) {
        if (c < 0 || c > n || k < 1 || k > n) {
            throw new IllegalArgumentException(
                    "pass@k needs 0 <= c <= n and 1 <= k <= n, got: n " + n + ", c " + c + ", k " + k);
        }
        double none = 1;
        for (int i = n - c + 1; i <= n && none > 0; i++) {
            none *= Math.max(0, 1 - (double) k / i);
        }
        return n - c < k ? 1 : 1 - none;
    }
}
