package dev.proxytune;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Find out, where a target tells only its likeliest tokens, whether the combined rows' likeliest token is what full rows
 * would give, and ask the target about those that could be likelier. Not thread-safe.
 */
final class TruncatedRows {
    /*
     * Implementation note. The experts' rows are whole, so what they add to a token is known even if the target leaves
     * it out, and the target's bound for such tokens makes a bound of the sum. Only tokens whose bound exceeds the
     * likeliest known sum could change a greedy choice: with experts that agree with the target on what is impossible
     * these are few, and after they have been asked for there is none left.
     */
    private static final int MOST_ASKED = 1024;
    private static final int ROUNDS = 4;

    private final Capability.Widen target;
    private final float[] logits;
    private final float[] offsets;
    private final Kernels kernels = new Kernels();
    private final Largest largest = new Largest();
    private Map<Integer, Truncation> found = Map.of();

    TruncatedRows(Capability.Widen target, int vocabularySize) {
        this.target = target;
        this.logits = new float[vocabularySize];
        this.offsets = new float[vocabularySize];
    }

    /**
     * Examine the rows of a decode, and have the target tell more where that is needed.
     *
     * @param combined makes the combined row of a number anew
     */
    void settle(int rows, IntFunction<CombinedRow> combined, Cancellation cancellation) {
        found = new HashMap<>();
        Map<Integer, int[]> wanted = new HashMap<>();
        for (int row = 0; row < rows; row++) {
            examine(row, combined.apply(row), wanted);
        }
        for (int round = 0; round < ROUNDS && !wanted.isEmpty(); round++) {
            Map<Integer, int[]> asked = wanted;
            target.widen(asked, cancellation);
            wanted = new HashMap<>();
            for (int row : asked.keySet()) {
                examine(row, combined.apply(row), wanted);
            }
        }
    }

    /** Return what a row of the last decode leaves out. */
    Optional<Truncation> truncation(int row) {
        return Optional.ofNullable(found.get(row));
    }

    private void examine(int number, CombinedRow row, Map<Integer, int[]> wanted) {
        found.remove(number);
        Optional<Truncation> missing = row.target().truncation();
        if (missing.isEmpty()) {
            return;
        }
        row.copyTo(0, logits, 0, logits.length);
        int best = kernels.argmax(logits, logits.length);
        if (best < 0) {
            // Whoever draws from the row will say what is wrong with it.
            return;
        }
        float most = logits[best];
        double knownSum = kernels.logSumExp(row, logits.length);
        row.copyOffsets(offsets);
        row.target().copyTo(0, logits, 0, logits.length);
        float highest = Float.NEGATIVE_INFINITY;
        double sum = Double.NEGATIVE_INFINITY;
        int rivals = 0;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] != Float.NEGATIVE_INFINITY) {
                offsets[id] = Float.NEGATIVE_INFINITY;
                continue;
            }
            highest = Math.max(highest, offsets[id]);
            rivals += missing.get().bound() + offsets[id] > most ? 1 : 0;
        }
        if (highest > Float.NEGATIVE_INFINITY) {
            sum = restSum(missing.get(), highest);
        }
        float bound = missing.get().bound() + highest;
        double mass = Double.isNaN(sum) ? 1 : 1 / (1 + Math.exp(knownSum - sum));
        found.put(number, new Truncation(mass, bound, rivals == 0));
        if (rivals > 0) {
            wanted.put(number, ids(Math.min(rivals, MOST_ASKED)));
        }
    }

    /** Return the logarithm of the most that the tokens left out can add up to, of which the offsets are there. */
    private double restSum(Truncation missing, float highest) {
        double each = 0;
        for (float offset : offsets) {
            each += Math.exp(offset - highest);
        }
        double atBound = missing.bound() + highest + Math.log(each);
        double atHighest = Math.log(missing.mass()) + highest;
        return Math.min(atBound, atHighest);
    }

    private int[] ids(int count) {
        largest.find(offsets, offsets.length, count);
        int[] ids = new int[largest.size()];
        Arrays.setAll(ids, largest::id);
        return ids;
    }
}
