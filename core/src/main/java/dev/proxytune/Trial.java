package dev.proxytune;

/**
 * Choose between decoding side by side and in turn by what each has cost: both are tried, the cheaper one is kept, and
 * the other one is tried again ever more rarely. Not thread-safe.
 */
final class Trial {
    private static final int EACH = 4;
    private static final int FIRST_PAUSE = 32;
    private static final int LONGEST_PAUSE = 1024;

    private final Costs together = new Costs(1);
    private final Costs inTurn = new Costs(1);
    private int count;
    private int pause = FIRST_PAUSE;
    private int next = 2 * EACH + FIRST_PAUSE;

    /** Return whether the next decode is to run side by side. */
    boolean isTogether() {
        if (count < 2 * EACH) {
            return count % 2 == 0;
        }
        boolean better = together.of(1) < inTurn.of(1);
        return (count == next) != better;
    }

    /**
     * Note what a decode cost.
     *
     * @param nanos for each of its tokens
     */
    void add(boolean wasTogether, long nanos) {
        (wasTogether ? together : inTurn).add(1, nanos);
        if (count++ == next) {
            pause = Math.min(2 * pause, LONGEST_PAUSE);
            next = count + pause;
        }
    }
}
