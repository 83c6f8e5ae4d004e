package dev.proxytune;

import java.util.Arrays;

/**
 * Choose between computing rows together and one after the other, or apart, by what each way has cost lately: both are
 * tried, the cheaper one is kept, and the other one tried again as often as that costs next to nothing. Thread-safe.
 */
public final class Trial {
    /** How many decodes of each way come first. */
    private static final int EACH = 4;

    /** How many decodes lie between tries at least. */
    private static final int PAUSE = 8;

    /** What part of the time may be lost by trying: ways that cost nearly the same are compared often. */
    private static final double SHARE = 0.01;

    private final Recent together = new Recent();
    private final Recent inTurn = new Recent();
    private int count;
    private int since;
    private double spent;
    private double lost;

    /** Create a trial that knows nothing of either way. */
    public Trial() {}

    /** Hold the last costs of one way, of which the median counts: other work makes some many times as high. */
    private static final class Recent {
        private final long[] costs = new long[7];
        private final long[] sorted = new long[7];
        private int count;

        private void add(long nanos) {
            costs[count++ % costs.length] = nanos;
        }

        private double median() {
            int size = Math.min(count, costs.length);
            System.arraycopy(costs, 0, sorted, 0, size);
            Arrays.sort(sorted, 0, size);
            return size == 0 ? 0 : sorted[(size - 1) / 2];
        }
    }

    /** Return whether the next rows are to be computed together. */
    public synchronized boolean isTogether() {
        if (count < 2 * EACH) {
            return count % 2 == 0;
        }
        boolean tries = since >= PAUSE && lost + Math.abs(gain()) <= SHARE * spent;
        return isBetterTogether() != tries;
    }

    private boolean isBetterTogether() {
        return gain() > 0;
    }

    private double gain() {
        return inTurn.median() - together.median();
    }

    /**
     * Note what a decode cost.
     *
     * @param nanos for each of its tokens
     */
    public synchronized void add(boolean wasTogether, long nanos) {
        if (count++ >= 2 * EACH) {
            boolean tried = wasTogether != isBetterTogether();
            since = tried ? 0 : since + 1;
            lost += tried ? Math.abs(gain()) : 0;
            spent += Math.min(together.median(), inTurn.median());
        }
        (wasTogether ? together : inTurn).add(nanos);
    }
}
