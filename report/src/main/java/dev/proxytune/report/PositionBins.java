package dev.proxytune.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Count tokens by their position in the answer: one by one at the beginning, where most happens, then in groups that get
 * larger, since fewer answers are that long. Mutable, not thread-safe.
 */
final class PositionBins {
    private static final int SINGLE = 20;
    private static final int[] ENDS = {15, 20, 25, 30, 40, 50, 75, 100};

    private final List<Integer> changed = new ArrayList<>();
    private final List<Integer> all = new ArrayList<>();

    /** One group: positions from 1, both ends included. */
    record Bin(int from, int to, int changed, int n) {
        String label() {
            return from == to ? Integer.toString(from) : from + "–" + to;
        }
    }

    void add(int position, boolean isChanged) {
        while (all.size() < position) {
            all.add(0);
            changed.add(0);
        }
        all.set(position - 1, all.get(position - 1) + 1);
        changed.set(position - 1, changed.get(position - 1) + (isChanged ? 1 : 0));
    }

    long changed() {
        return changed.stream().mapToLong(Integer::longValue).sum();
    }

    long n() {
        return all.stream().mapToLong(Integer::longValue).sum();
    }

    List<Bin> bins() {
        List<Bin> bins = new ArrayList<>();
        int from = 1;
        while (from <= all.size()) {
            int to = Math.min(end(from), all.size());
            bins.add(new Bin(from, to, sum(changed, from, to), sum(all, from, to)));
            from = to + 1;
        }
        return bins;
    }

    /** Return where the group of a position ends: after 15, 20, 25, 30, 40, 50, 75 or 100 times a power of ten. */
    static int end(int position) {
        if (position <= SINGLE) {
            return position;
        }
        for (int power = 1; power < Integer.MAX_VALUE / 1000; power *= 10) {
            for (int end : ENDS) {
                if (end * power >= position) {
                    return end * power;
                }
            }
        }
        return Integer.MAX_VALUE;
    }

    private static int sum(List<Integer> counts, int from, int to) {
        return IntStream.rangeClosed(from, to).map(at -> counts.get(at - 1)).sum();
    }
}
