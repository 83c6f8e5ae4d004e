package dev.proxytune.remote;

/**
 * Choose whether the rows along a draft are asked for at once or apart, by what that has taken: both ways are tried, the
 * faster one is kept, and the other one tried again as often as that costs next to nothing. Thread-safe.
 */
final class DraftWays {
    /** How many drafts go each way at first; the first of all warms the server up. */
    private static final int EACH = 2;

    /** What part of the time may be lost by trying the slower way again. */
    private static final double SHARE = 0.02;

    /** How much of what is known of a way comes from its last draft. */
    private static final double NEWEST = 0.3;

    private double atOnce;
    private double apart;
    private int count;
    private double spent;
    private double lost;

    /** Return whether the next draft is to be asked for in one request. */
    synchronized boolean isAtOnce() {
        if (count < 2 * EACH) {
            return count % 2 == 0;
        }
        boolean better = atOnce < apart;
        boolean tries = lost + Math.abs(atOnce - apart) <= SHARE * spent;
        return better != tries;
    }

    /** Note how long the rows of a draft took, in nanoseconds a row. */
    synchronized void add(boolean wasAtOnce, double nanos) {
        if (count >= 2 * EACH) {
            spent += Math.min(atOnce, apart);
            lost += wasAtOnce == atOnce < apart ? 0 : Math.abs(atOnce - apart);
        }
        count = Math.min(count + 1, 2 * EACH);
        double known = wasAtOnce ? atOnce : apart;
        double now = count <= EACH ? nanos : known == 0 ? nanos : known + NEWEST * (nanos - known);
        if (wasAtOnce) {
            atOnce = now;
        } else {
            apart = now;
        }
    }
}
